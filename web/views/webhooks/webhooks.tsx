import { useSignal } from '@preact/signals'
import { hasRows, useLive } from '../../api/live.ts'
import type { Webhook } from '../../api/records.ts'
import { NamedTable } from '../../collection/table.tsx'
import { Await, Empty } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { State } from '../../parts/state.tsx'
import { project } from '../../shell/session.ts'
import type { ViewProps } from '../index.ts'
import { WebhookForm } from './form.tsx'

export default function Webhooks({ params }: ViewProps) {
  const address = `/project/${params.project}/webhooks`
  const webhooks = useLive<Webhook[]>(`/api${address}`)
  const making = useSignal(false)
  const make = (
    <Button
      kind="first"
      onClick={() => {
        making.value = true
      }}
    >
      New webhook
    </Button>
  )
  return (
    <Page
      title="Webhooks"
      tab="Webhooks"
      crumb={project.value?.name}
      actions={hasRows(webhooks) && make}
    >
      <Await of={webhooks}>
        {(all) => (
          <Sheet>
            {all.length === 0 ? (
              <Empty title="No webhook yet">
                <p>A webhook tells another server, signed, whenever a task has ended.</p>
                {make}
              </Empty>
            ) : (
              <NamedTable
                rows={all}
                columns={[
                  { head: '', cell: ({ url }) => url },
                  { head: 'State', cell: (webhook) => <WebhookState of={webhook} /> },
                ]}
                href={({ id }) => `${address}/${id}`}
              />
            )}
          </Sheet>
        )}
      </Await>
      {making.value && (
        <WebhookForm
          path={`/api${address}`}
          onSaved={webhooks.again}
          onClose={() => {
            making.value = false
          }}
        />
      )}
    </Page>
  )
}

export function WebhookState({ of: { active, disabled_reason } }: { of: Webhook }) {
  if (active)
    return (
      <State tone="go" shape="dot">
        On
      </State>
    )
  return (
    <State tone={disabled_reason ? 'fail' : 'off'} shape={disabled_reason ? 'cross' : 'square'}>
      {disabled_reason ? 'Switched off' : 'Off'}
    </State>
  )
}
