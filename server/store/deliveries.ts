/**
 * The outbox. A row is written in the transaction that makes its event true, so neither can be
 * without the other (D5); outbox.ts hands the rows to the sender. Delivery is at least once.
 */
import type { Knex } from 'knex'
import { nonce } from '../../lib/ids.ts'
import type { Tx } from './commit.ts'
import { runnerBody, taskFinishedBody, testBody } from './delivery-bodies.ts'
import { listWebhooks, type WebhookRow } from './webhooks.ts'

export interface DeliveryRow {
  id: number
  /** The webhook-id header: constant over retries, so receivers know a repetition by it. */
  message_id: string
  once: string
  lane: string
  webhook_id: number | null
  runner_id: number | null
  url: string | null
  project_id: number
  event: string
  task_id: number | null
  body: string
  state: 'pending' | 'delivered' | 'failed'
  tries: number
  /** ms since the epoch, as are `created` and `finished` */
  next_try: number | null
  /** When that was decided. */
  waits_since: number | null
  last_status: number | null
  last_error: string | null
  last_answer: string | null
  created: number
  finished: number | null
}

/**
 * To be called in the task's own final transaction, after its row is final: one delivery for each
 * active webhook of the project that asks for `task.finished`. A repeated call adds nothing.
 * @param now ms since the epoch
 */
export async function enqueueTaskFinished(tx: Tx, task: number, now: number): Promise<void> {
  const { project_id, body } = await taskFinishedBody(tx.db, task, now)
  for (const webhook of await listWebhooks(tx.db, project_id)) {
    if (!webhook.active || !webhook.events.includes('task.finished')) continue
    const once = `task.finished ${task} webhook ${webhook.id}`
    await enqueue(tx, now, {
      ...toWebhook(webhook),
      once,
      event: 'task.finished',
      task_id: task,
      body,
    })
  }
}

/**
 * Semaphore's webhook of one runner: `start` when an attempt is offered, `finish` when its task is
 * final; to be called after the task's row says so. Nothing happens if no runner has the task or its
 * runner has no webhook. Unlike in Semaphore, no task fails because a receiver does.
 * @param now ms since the epoch
 */
export async function enqueueRunnerWebhook(
  tx: Tx,
  action: 'start' | 'finish',
  task: number,
  now: number,
): Promise<void> {
  const found = await runnerBody(tx.db, action, task)
  if (found === undefined) return
  const { runner_id, attempt, ...message } = found
  if (action === 'finish') await overtakeStart(tx, task, now)
  await enqueue(tx, now, {
    ...message,
    once: `runner.${action} ${task} attempt ${attempt}`,
    lane: `runner ${runner_id}`,
    webhook_id: null,
    runner_id,
    event: `runner.${action}`,
    task_id: task,
  })
}

/** A message that a person asks for, to see whether the receiver works. */
export async function enqueueTest(tx: Tx, webhook: WebhookRow, now: number): Promise<DeliveryRow> {
  const once = `webhook.test ${nonce()}`
  await enqueue(tx, now, {
    ...toWebhook(webhook),
    once,
    event: 'webhook.test',
    task_id: null,
    body: testBody(webhook, now),
  })
  return (await tx.db<DeliveryRow>('deliveries').where({ once }).first()) as DeliveryRow
}

/** Newest first. @param before only those with a lower id. @param limit at most this many. */
export function listDeliveries(
  db: Knex,
  where: { webhook_id: number } | { runner_id: number },
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<DeliveryRow[]> {
  const rows = db<DeliveryRow>('deliveries').where(where).orderBy('id', 'desc').limit(limit)
  return before === undefined ? rows : rows.where('id', '<', before)
}

/** Sends it (again), now, with the same id and the same bytes, and a schedule of its own. */
export async function redeliver(
  tx: Tx,
  webhook_id: number,
  id: number,
  now: number,
): Promise<DeliveryRow | undefined> {
  const [row] = await tx
    .db<DeliveryRow>('deliveries')
    .where({ webhook_id, id })
    .update({ state: 'pending', tries: 0, next_try: now, waits_since: now, finished: null }, '*')
  if (row) tx.emit({ kind: 'delivery' })
  return row
}

type Message = Omit<
  DeliveryRow,
  | 'id'
  | 'message_id'
  | 'state'
  | 'tries'
  | 'next_try'
  | 'waits_since'
  | 'last_status'
  | 'last_error'
  | 'last_answer'
  | 'created'
  | 'finished'
>

async function enqueue(tx: Tx, now: number, message: Message): Promise<void> {
  const added = await tx
    .db('deliveries')
    .insert({
      ...message,
      message_id: `msg_${nonce()}`,
      state: 'pending',
      next_try: now,
      waits_since: now,
      created: now,
    })
    .onConflict('once')
    .ignore()
    .returning('id')
  if (added.length > 0) tx.emit({ kind: 'delivery' })
}

function toWebhook({ id, project_id }: WebhookRow) {
  return { lane: `webhook ${id}`, webhook_id: id, runner_id: null, url: null, project_id }
}

/**
 * A start that still waits for its retry must not arrive after the finish: a receiver that boots a
 * machine for each start would leave it running for ever.
 */
async function overtakeStart(tx: Tx, task_id: number, now: number): Promise<void> {
  await tx.db('deliveries').where({ task_id, event: 'runner.start', state: 'pending' }).update({
    state: 'failed',
    last_error: 'the task finished first',
    next_try: null,
    finished: now,
  })
}
