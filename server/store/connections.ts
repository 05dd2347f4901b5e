/**
 * When runners came and went: a row a connection. For people alone, so those of many runners are written
 * together, and of each runner only the newest are kept.
 */
import type { Knex } from 'knex'
import type { Tx } from './commit.ts'

/** Why a connection ended: the link, a newer one of the same runner, or this server. */
export type ConnectionCause = 'lost' | 'replaced' | 'server'

export interface ConnectionRow {
  id: number
  runner_id: number
  /** ms since the epoch, like `end` */
  start: number
  /** null = the runner is still there */
  end: number | null
  cause: ConnectionCause | null
}

/** Of each runner. */
export const connectionsKept = 100
const keptMs = 30 * 86_400_000
/** They are counted this often, in connections. */
const pruneEvery = 5000
/** SQLite takes at most 500 rows in one statement. */
const page = 500

/** Ends those that are open of these runners. */
export async function endConnections(
  { db }: Tx,
  runners: readonly number[],
  { cause, end }: { cause: ConnectionCause; end: number },
): Promise<void> {
  await db('runner_connections')
    .whereNull('end')
    .whereIn('runner_id', [...runners])
    .update({ cause, end })
}

/** Ends all that a server has left open, each when its runner was last heard. */
export async function endLeftOpen({ db }: Tx): Promise<void> {
  const heard = db('runners').where('runners.id', db.ref('runner_id')).select('touched')
  await db('runner_connections')
    .whereNull('end')
    .update({ cause: 'server', end: db.raw('coalesce((?), ??)', [heard, 'start']) })
}

/** Those of runners that are gone meanwhile are left out. */
export async function insertConnections(
  tx: Tx,
  rows: readonly Omit<ConnectionRow, 'id'>[],
  now: number,
): Promise<void> {
  const runners = rows.map(({ runner_id }) => runner_id)
  const there = new Set(await tx.db('runners').whereIn('id', runners).pluck('id'))
  const known = rows.filter(({ runner_id }) => there.has(runner_id))
  for (let from = 0; from < known.length; from += page) {
    const ids = await tx.db('runner_connections').insert(known.slice(from, from + page), ['id'])
    if (ids.some(({ id }) => id % pruneEvery === 0)) await pruneConnections(tx, now)
  }
}

/** Forgets all but the newest of each runner, and what ended long ago. */
export async function pruneConnections({ db }: Tx, now: number): Promise<void> {
  await db('runner_connections')
    .where('end', '<', now - keptMs)
    .delete()
  const placed = db('runner_connections')
    .select('id')
    .rowNumber('place', (over) => over.partitionBy('runner_id').orderBy('id', 'desc'))
    .as('placed')
  const older = db.from(placed).where('place', '>', connectionsKept).select('id')
  await db('runner_connections').whereIn('id', older).delete()
}

/** Newest first. */
export async function listConnections(db: Knex, runner_id: number): Promise<ConnectionRow[]> {
  return await db('runner_connections')
    .where({ runner_id })
    .orderBy('id', 'desc')
    .limit(connectionsKept)
}

/** Runner -> how many connections it has lost since, not counting those that ended with the server. */
export async function countLost(db: Knex, since: number): Promise<Map<number, number>> {
  const rows: Record<'runner_id' | 'lost', unknown>[] = await db('runner_connections')
    .where('end', '>', since)
    .whereIn('cause', ['lost', 'replaced'])
    .groupBy('runner_id')
    .select('runner_id')
    .count({ lost: '*' })
  return new Map(rows.map(({ runner_id, lost }) => [Number(runner_id), Number(lost)]))
}
