/** Who did what, written in the transaction that does it. Only the newest are kept. */
import type { Knex } from 'knex'
import type { Tx } from './commit.ts'
import { kept } from './kept-text.ts'

export interface EventRow {
  id: number
  created: number
  /** null = of no project. */
  project_id: number | null
  project_name: string | null
  /** null = nobody who has logged in. */
  user_id: number | null
  /** As the user was called then. */
  username: string
  object_type: string
  object_id: number | null
  object_name: string
  description: string
}

/** So many are kept. */
export const eventsKept = 100_000
/** They are counted this often, in events. */
const pruneEvery = 1000

type NewEvent = Omit<EventRow, 'id' | 'project_name'>

const insert = kept((db, event: NewEvent) => db('events').insert(event, ['id']))

export async function insertEvent(tx: Tx, event: NewEvent): Promise<void> {
  const [{ id }] = await insert(tx.db, event)
  if (id % pruneEvery !== 0) return
  await tx
    .db('events')
    .where('id', '<=', id - eventsKept)
    .delete()
}

/** Newest first. @param of everything, what a member of projects may see, or one project */
export async function listEvents(
  db: Knex,
  of: 'all' | { member: number } | { project: number },
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<EventRow[]> {
  const rows = db('events as e')
    .leftJoin('projects as p', 'p.id', 'e.project_id')
    .orderBy('e.id', 'desc')
    .limit(limit)
    .select('e.*', 'p.name as project_name')
  if (before !== undefined) rows.where('e.id', '<', before)
  if (of === 'all') return await rows
  if ('project' in of) return await rows.where('e.project_id', of.project)
  const own = db('project_users').where({ user_id: of.member }).select('project_id')
  return await rows.whereIn('e.project_id', own)
}
