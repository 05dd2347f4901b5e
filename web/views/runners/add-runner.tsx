import { useSignal } from '@preact/signals'
import type { Live } from '../../api/live.ts'
import { nameOf, type Runner } from '../../api/records.ts'
import { among, type FieldSpec } from '../../form/fields.ts'
import { FormDialog } from '../../form/form.tsx'
import { Button } from '../../parts/button.tsx'
import { Code } from '../../parts/code.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { State } from '../../parts/state.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { api, projects } from '../../shell/session.ts'
import { name, tags } from './fields.ts'
import { waysToInstall } from './install.ts'

type NewRunner = Runner & { token: string }

interface Props {
  /** Of the API: those of all projects, or of one. */
  base: string
  runners: Live<Runner[]>
  onClose: () => void
}

/** A name, then the token and what to do with it, until the runner is there. */
export function AddRunner({ base, runners, onClose }: Props) {
  const made = useSignal<{ runner: NewRunner; caPem: string | undefined } | undefined>(undefined)
  if (made.value) {
    const { runner, caPem } = made.value
    return <Install runner={runner} caPem={caPem} runners={runners} onClose={onClose} />
  }
  return (
    <FormDialog
      title="Add runner"
      submit="Add runner"
      sections={[{ fields: fields(base === '/api/runners') }]}
      save={(values) => api.post<NewRunner>(base, values)}
      onSaved={async (runner) => {
        made.value = { runner, caPem: await ownCa() }
        runners.again()
      }}
      onClose={onClose}
    />
  )
}

const fields = (ofAll: boolean): FieldSpec[] => [name, tags, ...(ofAll ? [worksFor()] : [])]

const worksFor = (): FieldSpec => ({
  name: 'project_id',
  label: 'Works for',
  kind: 'id',
  choices: among(projects.value, 'All projects'),
})

interface InstallProps {
  runner: NewRunner
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
