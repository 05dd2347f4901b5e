/** The sender's side of the outbox: what is due, taking it up, and what became of it. */
import type { Knex } from 'knex'
import type { Tx } from './commit.ts'
import type { DeliveryRow } from './deliveries.ts'
import { switchOffWebhook } from './webhooks.ts'

/** A delivery taken up, with where it goes and how it is signed. */
export type Claimed = Pick<
  DeliveryRow,
  | 'id'
  | 'message_id'
  | 'lane'
  | 'webhook_id'
  | 'project_id'
  | 'event'
  | 'body'
  | 'tries'
  | 'created'
> & {
  url: string
  /** Encrypted; null = not signed. */
  secret: string | null
}

/** What came of one try. Times are ms since the epoch. */
export interface Outcome {
  state: DeliveryRow['state']
  next_try: number | null
  last_status: number | null
  last_error: string | null
  last_answer: string | null
  /** The receiver wants nothing at all before this time: holds up everything in its lane. */
  hold?: number | undefined
  /** Why its webhook is to be switched off, for a person. */
  switch_off?: string | undefined
}

export interface Ask {
  /** ms since the epoch, both */
  now: number
  until: number
  /** Take up at most this many, */
  slots: number
  /** and of one lane so many, */
  perLane: number
  /** of which so many are under way already: */
  lanes: ReadonlyMap<string, number>
  /** these. */
  underWay: readonly number[]
}

/** What the sender has no hand free for: lanes that are full, and deliveries that it is sending. */
export interface Busy {
  lanes: readonly string[]
  underWay: readonly number[]
}

/**
 * When the next delivery is due, ms since the epoch, of all that are not busy; undefined if none.
 * A wait that began in the future was counted by a wall clock that has been set back since: it would
 * last by so much longer (a day, a year), so it is over.
 */
export async function nextDue(db: Knex, now: number, busy: Busy): Promise<number | undefined> {
  const row = await pending(db, busy).min('next_try as at').first()
  if (row?.at == null) return undefined
  const at = Number(row.at)
  if (at <= now) return at
  return (await pending(db, busy).where('waits_since', '>', now).first('id')) ? now : at
}

function pending(db: Knex, { lanes, underWay }: Busy): Knex.QueryBuilder {
  return db('deliveries')
    .where({ state: 'pending' })
    .whereNotIn('lane', [...lanes])
    .whereNotIn('id', [...underWay])
}

/**
 * Takes up what is due, oldest first: counts the try and leases the row until `until`, after which
 * it is due again by itself, so a sender that dies needs nobody to clean up after it.
 */
export async function claimDue(tx: Tx, ask: Ask): Promise<Claimed[]> {
  const due: Claimed[] = await tx
    .db('deliveries as d')
    .leftJoin('webhooks as w', 'w.id', 'd.webhook_id')
    .where('d.state', 'pending')
    .andWhere((due) => {
      due.where('d.next_try', '<=', ask.now).orWhere('d.waits_since', '>', ask.now)
    })
    .whereNotIn('d.lane', fullLanes(ask.lanes, ask.perLane))
    .whereNotIn('d.id', [...ask.underWay])
    .orderBy(['d.next_try', 'd.id'])
    .limit(ask.slots)
    .select('d.id', 'd.message_id', 'd.lane', 'd.webhook_id', 'd.project_id', 'd.event', 'd.body')
    .select('d.tries', 'd.created', 'w.secret', tx.db.raw('coalesce(d.url, w.url) as url'))
  const claimed = withinLanes(due, ask)
  await tx
    .db('deliveries')
    .whereIn(
      'id',
      claimed.map(({ id }) => id),
    )
    .update({ tries: tx.db.raw('tries + 1'), next_try: ask.until, waits_since: ask.now })
  return claimed.map((one) => ({ ...one, tries: one.tries + 1 }))
}

/** The lanes that take no more for now. */
export function fullLanes(lanes: ReadonlyMap<string, number>, perLane: number): string[] {
  return [...lanes].filter(([, count]) => count >= perLane).map(([lane]) => lane)
}

function withinLanes(due: readonly Claimed[], { lanes, perLane }: Ask): Claimed[] {
  const taken = new Map(lanes)
  return due.filter(({ lane }) => {
    const count = (taken.get(lane) ?? 0) + 1
    taken.set(lane, count)
    return count <= perLane
  })
}

/**
 * Writes down what came of a try. A delivery that was taken up again meanwhile (the lease ran out,
 * someone asked for it anew) belongs to the later try. One that was failed meanwhile, as its webhook
 * was switched off, stays so unless it did arrive: then the log says that.
 */
export async function settle(
  tx: Tx,
  { id, tries, lane, webhook_id }: Claimed,
  { hold, switch_off, ...row }: Outcome,
  now: number,
): Promise<void> {
  const settled = await tx
    .db('deliveries')
    .where({ id, tries })
    .whereIn('state', row.state === 'delivered' ? ['pending', 'failed'] : ['pending'])
    .update({ ...row, waits_since: now, finished: row.state === 'pending' ? null : now })
  if (settled === 0) return
  if (hold !== undefined) await holdLane(tx, lane, hold, now)
  if (switch_off !== undefined && webhook_id !== null) {
    await switchOffWebhook(tx, webhook_id, switch_off, now)
  }
}

async function holdLane(tx: Tx, lane: string, until: number, now: number): Promise<void> {
  await tx
    .db('deliveries')
    .where({ lane, state: 'pending' })
    .andWhere('next_try', '<', until)
    .update({ next_try: until, waits_since: now })
}

/** Whether anything sent to the webhook after `since` (ms since the epoch) has arrived. */
export async function deliveredSince(db: Knex, webhook_id: number, since: number) {
  const row = await db('deliveries')
    .where({ webhook_id, state: 'delivered' })
    .andWhere('finished', '>', since)
    .first('id')
  return row !== undefined
}

/** Forgets deliveries that were finished before `before`, ms since the epoch. */
export async function pruneDeliveries(tx: Tx, before: number): Promise<void> {
  await tx.db('deliveries').where('finished', '<', before).delete()
}
