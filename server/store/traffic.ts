/** How much each runner has sent on the last day that it sent something: one row a runner. */
import type { Knex } from 'knex'
import type { Tx } from './commit.ts'

/** SQLite takes at most 500 rows in one statement. */
const page = 500

/** Runner -> bytes. @param day since the epoch, in UTC */
export async function readTraffic(db: Knex, day: number): Promise<Map<number, number>> {
  const rows = await db('runner_traffic').where({ day }).select('runner_id', 'bytes')
  return new Map(rows.map(({ runner_id, bytes }) => [runner_id, Number(bytes)]))
}

/** What these have sent on `day` so far; those of runners that are gone are left out. */
export async function writeTraffic(
  { db }: Tx,
  day: number,
  bytes: ReadonlyMap<number, number>,
): Promise<void> {
  const there = await db('runners')
    .whereIn('id', [...bytes.keys()])
    .pluck('id')
  const rows = there.map((runner_id) => ({ runner_id, day, bytes: bytes.get(runner_id) }))
  for (let from = 0; from < rows.length; from += page) {
    await db('runner_traffic')
      .insert(rows.slice(from, from + page))
      .onConflict('runner_id')
      .merge()
  }
}
