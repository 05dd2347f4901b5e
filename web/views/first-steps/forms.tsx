/** The fewest fields with which each can be made. */
import { useSignal } from '@preact/signals'
import type { Named, Project } from '../../api/records.ts'
import { Field, Form, Select } from '../../parts/field.tsx'
import { api, choose, reloadProjects } from '../../shell/session.ts'

export function NewProject() {
  const name = useSignal('')
  const create = async () => {
    const { id } = await api.post<Project>('/api/projects', { name: name.value })
    await reloadProjects()
    choose(id)
  }
  return (
    <Form submit="Create project" fields={['name']} action={create}>
      {(wrong) => <Field label="Name of the project" value={name} wrong={wrong('name')} required />}
    </Form>
  )
}

interface Props {
  /** Of the project in the API. */
  path: string
  onDone: () => void
}

export function NewRepository({ path, onDone }: Props) {
  const url = useSignal('')
  const branch = useSignal('main')
  const create = async () => {
    await api.post(`${path}/repositories`, {
      name: nameOf(url.value),
      git_url: url.value,
      git_branch: url.value.startsWith('/') ? '' : branch.value,
      ssh_key_id: await keyOfNone(path),
    })
    onDone()
  }
  return (
    <Form submit="Add repository" fields={['git_url', 'git_branch']} action={create}>
      {(wrong) => (
        <>
          <Field
            label="Git URL"
            value={url}
            wrong={wrong('git_url')}
            required
            hint="https://.. that anybody may read, or a folder on the runner's own disk"
          />
          {!url.value.startsWith('/') && (
            <Field label="Branch" value={branch} wrong={wrong('git_branch')} required />
          )}
        </>
      )}
    </Form>
  )
}

const nameOf = (url: string) => /([^/:]+?)(?:\.git)?\/*$/.exec(url)?.[1] ?? url

/** A repository always names a key, also one that needs none. */
async function keyOfNone(path: string): Promise<number> {
  const keys = await api.get<(Named & { type: string })[]>(`${path}/keys`)
  const none = keys.find(({ type }) => type === 'none')
  return (none ?? (await api.post<Named>(`${path}/keys`, { name: 'None', type: 'none' }))).id
}

const apps = ['ansible', 'bash', 'python', 'powershell', 'terraform', 'tofu', 'terragrunt']

export function NewTemplate({ path, onDone, repositories }: Props & { repositories: Named[] }) {
  const name = useSignal('')
  const app = useSignal('ansible')
  const playbook = useSignal('')
  const hosts = useSignal('localhost ansible_connection=local')
  const create = async () => {
    await api.post(`${path}/templates`, {
      name: name.value,
      app: app.value,
      playbook: playbook.value,
      repository_id: repositories[0]?.id,
      ...(app.value === 'ansible' && { inventory_id: await inventoryOf(path, hosts.value) }),
    })
    onDone()
  }
  return (
    <Form submit="Create template" fields={['name', 'app', 'playbook']} action={create}>
      {(wrong) => (
        <>
          <Field label="Name of the template" value={name} wrong={wrong('name')} required />
          <Select
            label="What runs it"
            value={app}
            wrong={wrong('app')}
            choices={apps.map((value) => ({ value, label: value }))}
          />
          <Field
            label="File"
            value={playbook}
            wrong={wrong('playbook')}
            hint="Playbook or script, inside the repository; of Terraform the folder"
          />
          {app.value === 'ansible' && (
            <Field
              label="Hosts"
              value={hosts}
              lines={4}
              required
              hint="An inventory: a host a line"
            />
          )}
        </>
      )}
    </Form>
  )
}

async function inventoryOf(path: string, inventory: string): Promise<number> {
  const body = { name: 'Hosts', type: 'static', inventory, ssh_key_id: await keyOfNone(path) }
  return (await api.post<Named>(`${path}/inventory`, body)).id
}
