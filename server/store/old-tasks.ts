/** Tasks that are over and more than their template is to keep, and how they go: a piece at a time. */
import type { Knex } from 'knex'
import type { Unacked } from '../../broker/messages.ts'
import { isFinal, taskStatuses } from '../../broker/states.ts'
import { livePhases } from './attempts.ts'
import type { Tx } from './commit.ts'

const over = taskStatuses.filter(isFinal)

export interface Keeping {
  template: number
  /** So many of the template's tasks that are over stay, the newest. */
  keep: number
  /** At most this many at once. */
  limit: number
}

/**
 * Tasks beyond what is kept, oldest first. Not among them: one that is not over; one whose webhook is still to
 * be sent; one of which a runner still has something to say or to hear.
 */
export async function oldTasks(db: Knex, { template, keep, limit }: Keeping): Promise<number[]> {
  const ended = () => db('tasks').where({ template_id: template }).whereIn('status', over)
  const newest = await ended().orderBy('id', 'desc').offset(keep).first('id')
  if (newest === undefined) return []
  const awaited = db('deliveries').where({ state: 'pending' }).whereNotNull('task_id')
  const ids: number[] = await ended()
    .where('id', '<=', newest.id)
    .whereNotIn('id', awaited.select('task_id'))
    .whereNotIn('id', await unackedTasks(db))
    .whereNotExists(
      db('attempts')
        .whereRaw('attempts.task_id = tasks.id')
        .whereIn('phase', [...livePhases]),
    )
    .orderBy('id')
    .limit(limit)
    .pluck('id')
  const last = await lastVersion(db, template, ids)
  return ids.filter((id) => id !== last)
}

/** Of which a runner said last that it has something that was not acknowledged. */
async function unackedTasks(db: Knex): Promise<number[]> {
  const rows: string[] = await db('runners').whereNot({ unacked: '[]' }).pluck('unacked')
  return rows.flatMap((row) => (JSON.parse(row) as Unacked[]).map(({ task }) => task))
}

/** The one among these from which the version of the template's next build counts up, if it is one of them. */
async function lastVersion(
  db: Knex,
  template: number,
  ids: readonly number[],
): Promise<number | undefined> {
  const versioned = () => db('tasks').whereNot('version', '').orderBy('id', 'desc')
  const last = await versioned()
    .whereIn('id', [...ids])
    .first('id')
  if (last === undefined) return undefined
  const later = await versioned()
    .where({ template_id: template })
    .where('id', '>', last.id)
    .first('id')
  return later === undefined ? last.id : undefined
}

/** So many pieces of logs and files go in one commit, about 1 MB: who waits behind it waits for ms. */
export const piecesAtOnce = 64

/**
 * Removes pieces of these tasks, and once no more are left the tasks with all that belongs to them. To be
 * called until it says so. @returns whether they are gone
 */
export async function removePieces({ db }: Tx, ids: readonly number[]): Promise<boolean> {
  const key = ['task_id', 'attempt', 'seq']
  let left = piecesAtOnce
  // Files first: of a server that is stopped in between, the log is what people look at.
  for (const table of ['file_chunks', 'chunks']) {
    const some = db(table)
      .whereIn('task_id', [...ids])
      .orderBy(key)
      .limit(left)
    left -= await db(table).whereIn(key, some.select(key)).delete()
    if (left === 0) return false
  }
  await db('tasks')
    .whereIn('id', [...ids])
    .delete()
  return true
}
