/** One webhook: what was sent to it, and what came of that. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ApiError } from '../../api/client.ts'
import { type Live, useLive } from '../../api/live.ts'
import type { Delivery, Webhook } from '../../api/records.ts'
import { DeleteNamed } from '../../collection/collection.tsx'
import { Await, Empty } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { go } from '../../shell/router.ts'
import { api } from '../../shell/session.ts'
import type { ViewProps } from '../index.ts'
import { Deliveries } from './deliveries.tsx'
import { WebhookForm } from './form.tsx'
import { WebhookState } from './webhooks.tsx'

/** While something is under way it is looked at again after so long, ms. */
const lookMs = 1000

export default function WebhookView({ params }: ViewProps) {
  const all = `/project/${params.project}/webhooks`
  const path = `/api${all}/${params.webhook}`
  const webhook = useLive<Webhook>(path)
  const deliveries = useLive<Delivery[]>(`${path}/deliveries`)
  const open = useSignal<'edit' | 'delete' | undefined>(undefined)
  const refused = useSignal<string | undefined>(undefined)
  useWhilePending(deliveries, webhook)
  const show = (what: 'edit' | 'delete') => () => {
    open.value = what
  }
  const close = () => {
    open.value = undefined
  }
  const send = async (address: string) => {
    refused.value = undefined
    try {
      await api.post(`${path}/${address}`)
      deliveries.again()
    } catch (error) {
      refused.value = error instanceof ApiError ? error.message : String(error)
    }
  }
  const known = webhook.data.value
  const off = known?.disabled_reason && `Switched off: ${known.disabled_reason}`
  const wrong = refused.value ?? off
  return (
    <Page
      title={known?.name ?? 'Webhook'}
      tab={known?.name ?? 'Webhook'}
      crumb={<a href={all}>Webhooks</a>}
      facts={
        known && (
          <>
            <WebhookState of={known} /> <span class="mono break">{known.url}</span>
          </>
        )
      }
      actions={
        known && (
          <>
            <Button kind="danger" onClick={show('delete')}>
              Delete
            </Button>
            <Button onClick={show('edit')}>Edit</Button>
            <Button kind="first" onClick={() => send('test')}>
              Send a test
            </Button>
          </>
        )
      }
    >
      {wrong && (
        <p class="note fail" role="alert">
          {wrong}
        </p>
      )}
      <Await of={deliveries}>
        {(sent) => (
          <Sheet title="Deliveries" aside="The last 100, kept for 30 days">
            {sent.length === 0 ? (
              <Empty title="Nothing has been sent yet">
                <p>A message goes out whenever a task has ended.</p>
              </Empty>
            ) : (
              <Deliveries
                of={sent}
                project={Number(params.project)}
                again={(id) => send(`deliveries/${id}/redeliver`)}
              />
            )}
          </Sheet>
        )}
      </Await>
      {known && open.value === 'edit' && (
        <WebhookForm path={`/api${all}`} webhook={known} onSaved={webhook.again} onClose={close} />
      )}
      {known && open.value === 'delete' && (
        <DeleteNamed
          named={known}
          one="webhook"
          path={path}
          onDeleted={() => go(all)}
          onClose={close}
        >
          <p>What has not been delivered yet will not be.</p>
        </DeleteNamed>
      )}
    </Page>
  )
}

function useWhilePending(deliveries: Live<Delivery[]>, webhook: Live<Webhook>): void {
  const sent = deliveries.data.value
  useEffect(() => {
    if (sent === undefined) return
    // Asked after them: what came of the last one may have switched it off.
    webhook.again()
    if (!sent.some(({ state }) => state === 'pending')) return
    const timer = setTimeout(deliveries.again, lookMs)
    return () => clearTimeout(timer)
  }, [sent])
}
