import { useSignal } from '@preact/signals'
import type { Live } from '../../api/live.ts'
import { nameOf, type Runner } from '../../api/records.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field, Form, Select } from '../../parts/field.tsx'
import { State } from '../../parts/state.tsx'
import { Code, Tabs } from '../../parts/tabs.tsx'
import { api, projects } from '../../shell/session.ts'
import { waysToInstall } from './install.ts'

interface Props {
  runners: Live<Runner[]>
  onClose: () => void
}

/** A name, then the token and what to do with it, until the runner is there. */
export function AddRunner({ runners, onClose }: Props) {
  const made = useSignal<
    { runner: Runner & { token: string }; caPem: string | undefined } | undefined
  >(undefined)
  const name = useSignal('')
  const tags = useSignal('')
  const project = useSignal('')
  if (made.value) {
    const { runner, caPem } = made.value
    return <Install runner={runner} caPem={caPem} runners={runners} onClose={onClose} />
  }
  const create = async () => {
    const runner = await api.post<Runner & { token: string }>('/api/runners', {
      name: name.value.trim(),
      tags: tags.value.split(/[\s,]+/).filter(Boolean),
      project_id: Number(project.value) || null,
    })
    made.value = { runner, caPem: await ownCa() }
    runners.again()
  }
  return (
    <Dialog title="Add runner" onClose={onClose}>
      <Form
        submit="Add runner"
        fields={['name', 'tags', 'project_id']}
        action={create}
        onCancel={onClose}
      >
        {(wrong) => (
          <>
            <Field
              label="Name"
              value={name}
              wrong={wrong('name')}
              required
              hint="Where it stands, for example pump-station-07"
            />
            <Field
              label="Tags"
              value={tags}
              wrong={wrong('tags')}
              hint="Only templates that ask for one of them. None = it takes all that ask for none"
            />
            <Select
              label="Works for"
              value={project}
              wrong={wrong('project_id')}
              choices={[
                { value: '', label: 'All projects' },
                ...projects.value.map(({ id, name }) => ({ value: String(id), label: name })),
              ]}
            />
          </>
        )}
      </Form>
    </Dialog>
  )
}

interface InstallProps {
  runner: Runner & { token: string }
  caPem: string | undefined
  runners: Live<Runner[]>
  onClose: () => void
}

function Install({ runner, caPem, runners, onClose }: InstallProps) {
  const now = runners.data.value?.find(({ id }) => id === runner.id)
  const there = now?.status === 'online'
  const ways = waysToInstall({ server: location.origin, token: runner.token, caPem })
  return (
    <Dialog title={`Install ${nameOf(runner)}`} broad onClose={onClose}>
      <p class="dim">
        The token in these lines is shown this once. Paste one of them on the runner's machine.
      </p>
      <div class="sheet">
        <Tabs
          of={ways.map(({ name, text, hint }) => ({
            name,
            content: (
              <>
                <Code text={text} label={name} />
                {hint && (
                  <p class="small dim" style={{ padding: '10px 16px' }}>
                    {hint}
                  </p>
                )}
              </>
            ),
          }))}
        />
      </div>
      <div class="row" role="status">
        {there ? (
          <>
            <State tone="go" shape="tick">
              Connected
            </State>
            {nameOf(runner)} is there{now.host ? `, on ${now.host}` : ''}.
          </>
        ) : (
          <>
            <State tone="wait" shape="dashes">
              Waiting
            </State>
            for {nameOf(runner)}. This turns green by itself.
          </>
        )}
      </div>
      <div class="buttons">
        <Button kind="first" onClick={onClose}>
          {there ? 'Done' : 'Close'}
        </Button>
      </div>
    </Dialog>
  )
}

/** PEM of the CA that the runner has to be told; undefined if its system knows who signed for this server. */
async function ownCa(): Promise<string | undefined> {
  const answer = await fetch('/ca.pem')
  return answer.ok ? (await answer.text()).trim() : undefined
}
