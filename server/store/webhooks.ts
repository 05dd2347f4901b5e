/** Completion webhooks of a project. What is to be sent to them lies in deliveries.ts. */
import type { Knex } from 'knex'
import type { Tx } from './commit.ts'

/** Every event that a webhook can ask for. */
export const webhookEvents = ['task.finished'] as const
export type WebhookEvent = (typeof webhookEvents)[number]

export interface WebhookRow {
  id: number
  project_id: number
  name: string
  url: string
  events: WebhookEvent[]
  /** `whsec_...`, sealed for `webhookPurpose`. */
  secret: string
  active: boolean
  /** Why the server switched it off, one line; null if it did not. */
  disabled_reason: string | null
  /** ms since the epoch */
  created: number
}

export type NewWebhook = Omit<WebhookRow, 'id' | 'disabled_reason'>
export type WebhookChange = Partial<Pick<WebhookRow, 'name' | 'url' | 'events' | 'secret'>> & {
  active?: boolean
}

/** What a webhook's secret is sealed for (cipher.ts). */
export function webhookPurpose(project_id: number): string {
  return `webhook/${project_id}`
}

export async function insertWebhook(tx: Tx, webhook: NewWebhook): Promise<WebhookRow> {
  const [row] = await tx.db('webhooks').insert(columns(webhook), '*')
  return webhookOf(row)
}

export async function listWebhooks(db: Knex, project_id: number): Promise<WebhookRow[]> {
  return (await db('webhooks').where({ project_id }).orderBy('id')).map(webhookOf)
}

export async function findWebhook(
  db: Knex,
  project_id: number,
  id: number,
): Promise<WebhookRow | undefined> {
  const row = await db('webhooks').where({ project_id, id }).first()
  return row && webhookOf(row)
}

/** Switched on again, it forgets why it was off; switched off, what was pending fails (and says so). */
export async function updateWebhook(
  tx: Tx,
  id: number,
  change: WebhookChange,
  now: number,
): Promise<void> {
  await tx.db('webhooks').where({ id }).update(columns(change))
  if (change.active === true) await tx.db('webhooks').where({ id }).update('disabled_reason', null)
  if (change.active === false) await failPending(tx, id, 'the webhook was switched off', now)
}

/** The server's own decision; `reason` is shown beside the webhook until someone switches it on. */
export async function switchOffWebhook(
  tx: Tx,
  id: number,
  reason: string,
  now: number,
): Promise<void> {
  await tx.db('webhooks').where({ id }).update({ active: false, disabled_reason: reason })
  await failPending(tx, id, `the webhook was switched off: ${reason}`, now)
}

export async function deleteWebhook(tx: Tx, id: number): Promise<void> {
  await tx.db('webhooks').where({ id }).delete()
}

async function failPending(tx: Tx, webhook_id: number, reason: string, now: number): Promise<void> {
  await tx
    .db('deliveries')
    .where({ webhook_id, state: 'pending' })
    .update({ state: 'failed', last_error: reason, next_try: null, finished: now })
}

function columns(change: WebhookChange): Record<string, unknown> {
  return change.events ? { ...change, events: JSON.stringify(change.events) } : { ...change }
}

/** SQLite answers booleans as 0 and 1. */
function webhookOf(row: Record<string, unknown>): WebhookRow {
  return {
    ...row,
    events: JSON.parse(String(row.events)),
    active: Boolean(row.active),
  } as WebhookRow
}
