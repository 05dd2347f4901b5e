/** Counts for the metrics: by indices alone, so that a scrape costs the same in a large database. */
import type { Knex } from 'knex'
import { isFinal, taskStatuses } from '../../broker/states.ts'

const open = taskStatuses.filter((status) => !isFinal(status))

/** How many tasks have each status that is not final. */
export async function openTaskCounts(db: Knex): Promise<Map<string, number>> {
  const rows = await db('tasks')
    .whereIn('status', open)
    .groupBy('status')
    .select('status')
    .count('* as count')
  const found = new Map(rows.map(({ status, count }) => [String(status), Number(count)]))
  return new Map(open.map((status) => [status, found.get(status) ?? 0]))
}

/** When the task that waits longest was made, ms since the epoch; undefined = none waits. */
export async function waitingSince(db: Knex): Promise<number | undefined> {
  const row = await db('tasks').where({ status: 'waiting' }).orderBy('id').first('created')
  return row === undefined ? undefined : Number(row.created)
}

/** Runners that are switched off count as inactive, whether they are there or not. */
export async function runnerCounts(db: Knex): Promise<Map<string, number>> {
  const rows = await db('runners')
    .groupBy('active', 'online')
    .select('active', 'online')
    .count('* as count')
  const counts = new Map(['online', 'offline', 'inactive'].map((state) => [state, 0]))
  for (const { active, online, count } of rows) {
    const state = !active ? 'inactive' : online ? 'online' : 'offline'
    counts.set(state, (counts.get(state) ?? 0) + Number(count))
  }
  return counts
}

export async function pendingDeliveries(db: Knex): Promise<number> {
  const row = await db('deliveries').where({ state: 'pending' }).count('* as count').first()
  return Number(row?.count ?? 0)
}
