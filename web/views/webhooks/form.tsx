import { useSignal } from '@preact/signals'
import type { Webhook } from '../../api/records.ts'
import type { FieldSpec } from '../../form/fields.ts'
import { FormDialog } from '../../form/form.tsx'
import { ShownOnce } from '../../parts/shown-once.tsx'
import { api } from '../../shell/session.ts'

interface Props {
  /** Of the webhooks in the API. */
  path: string
  /** Undefined for a new one. */
  webhook?: Webhook
  onSaved: () => void
  onClose: () => void
}

/** Of a new one the secret follows. */
export function WebhookForm({ path, webhook, onSaved, onClose }: Props) {
  const secret = useSignal<string | undefined>(undefined)
  if (secret.value !== undefined) {
    return (
      <ShownOnce title="Secret of the webhook" label="Secret" text={secret.value} onClose={onClose}>
        Whoever receives the messages verifies with it that they are ours.
      </ShownOnce>
    )
  }
  return (
    <FormDialog
      title={webhook ? `Edit ${webhook.name}` : 'New webhook'}
      submit={webhook ? 'Save' : 'Create webhook'}
      sections={[{ fields: fieldsOf(webhook) }]}
      record={webhook}
      save={async (values) => {
        if (webhook) return void (await api.put(`${path}/${webhook.id}`, values))
        return (await api.post<{ secret: string }>(path, values)).secret
      }}
      onSaved={(made) => {
        onSaved()
        if (made === undefined) onClose()
        else secret.value = made
      }}
      onClose={onClose}
    />
  )
}

const fieldsOf = (webhook: Webhook | undefined): FieldSpec[] => [
  { name: 'name', label: 'Name', kind: 'text', required: true },
  {
    name: 'url',
    label: 'URL',
    kind: 'text',
    required: true,
    hint: 'Gets a POST whenever a task of this project has ended',
    check: (url) =>
      /^https?:\/\/[^/]/.test(url.trim()) ? undefined : 'expected https://HOST/PATH',
  },
  {
    name: 'secret',
    label: 'Secret',
    kind: 'secret',
    hint: webhook ? 'Empty = it stays as it is' : 'Empty = one is made; else whsec_ and base64',
  },
  { name: 'active', label: 'Active', kind: 'flag', start: true },
]
