/** The fewest fields with which each can be made. */
import type { App, Named, Project } from '../../api/records.ts'
import { appChoices, usualApp } from '../../collection/apps.ts'
import { keyOfNone } from '../../collection/key-of-none.ts'
import type { Values } from '../../form/draft.ts'
import type { FieldSpec, Look } from '../../form/fields.ts'
import { Form } from '../../form/form.tsx'
import { api, choose, reloadProjects } from '../../shell/session.ts'

export function NewProject() {
  const named = {
    name: 'name',
    label: 'Name of the project',
    kind: 'text',
    required: true,
  } as const
  return (
    <Form
      submit="Create project"
      losable
      sections={[{ fields: [named] }]}
      save={async (values) => {
        const { id } = await api.post<Project>('/api/projects', values)
        await reloadProjects()
        choose(id)
      }}
    />
  )
}

interface Props {
  /** Of the project in the API. */
  path: string
  onDone: () => void
}

export function NewRepository({ path, onDone }: Props) {
  const create = async (values: Values) =>
    api.post(`${path}/repositories`, {
      ...values,
      name: nameOf(String(values.git_url)),
      ssh_key_id: await keyOfNone(path),
    })
  return (
    <Form
      submit="Add repository"
      losable
      sections={[{ fields: repository }]}
      save={create}
      onSaved={onDone}
    />
  )
}

const isRemote = (look: Look) => !String(look('git_url')).startsWith('/')
const repository: FieldSpec[] = [
  {
    name: 'git_url',
    label: 'Git URL',
    kind: 'text',
    required: true,
    hint: "https://.. that anybody may read, or a folder on the runner's own disk",
  },
  {
    name: 'git_branch',
    label: 'Branch',
    kind: 'text',
    start: 'main',
    required: true,
    when: isRemote,
  },
]

const nameOf = (url: string) => /([^/:]+?)(?:\.git)?\/*$/.exec(url)?.[1] ?? url

interface NewTemplateProps extends Props {
  apps: readonly App[]
  repositories: readonly Named[]
}

export function NewTemplate({ path, onDone, apps, repositories }: NewTemplateProps) {
  const create = async ({ hosts, ...values }: Values) =>
    api.post(`${path}/templates`, {
      ...values,
      allow_parallel_tasks: true,
      repository_id: repositories[0]?.id,
      ...(hosts !== undefined && { inventory_id: await inventoryOf(path, String(hosts)) }),
    })
  return (
    <Form
      submit="Create template"
      losable
      sections={[{ fields: template(apps) }]}
      save={create}
      onSaved={onDone}
    />
  )
}

const template = (apps: readonly App[]): FieldSpec[] => [
  { name: 'name', label: 'Name of the template', kind: 'text', required: true },
  {
    name: 'app',
    label: 'What runs it',
    kind: 'choice',
    start: usualApp(apps)?.id,
    choices: appChoices(apps),
  },
  {
    name: 'playbook',
    label: 'File',
    kind: 'text',
    hint: 'Playbook or script, inside the repository; of Terraform the folder',
  },
  {
    name: 'hosts',
    label: 'Hosts',
    kind: 'lines',
    lines: 4,
    start: 'localhost ansible_connection=local',
    required: true,
    hint: 'An inventory: a host a line',
    when: (look) => look('app') === 'ansible',
  },
]

async function inventoryOf(path: string, inventory: string): Promise<number> {
  const body = { name: 'Hosts', type: 'static', inventory, ssh_key_id: await keyOfNone(path) }
  return (await api.post<Named>(`${path}/inventory`, body)).id
}
