/** Which task a start has brought, by the key that its client made up: so that it may be sent again. */
import type { Knex } from 'knex'
import { sha256hex } from '../../lib/ids.ts'
import type { Tx } from './commit.ts'

/** Whose key it is: two people, or two projects, may hit upon the same one. */
export interface StartKey {
  project_id: number
  user_id: number
  key: string
}

interface StartKeyRow extends StartKey {
  asked: string
  task_id: number
  created: number
}

/** So long a start is known by its key, ms. */
export const startKeyMs = 24 * 3_600_000

/** The task that was started by this key, and whether the same was asked for. */
export async function findStart(
  db: Knex,
  by: StartKey,
  asked: string,
  now: number,
): Promise<{ task: number; same: boolean } | undefined> {
  const row: StartKeyRow | undefined = await db('start_keys')
    .where(hashed(by))
    .where('created', '>', now - startKeyMs)
    .first()
  return row && { task: row.task_id, same: row.asked === askedBy(by, asked) }
}

/** Forgets the keys that are too old. @returns false if there is a task by this key already */
export async function insertStartKey(
  { db }: Tx,
  by: StartKey,
  asked: string,
  { task, now }: { task: number; now: number },
): Promise<boolean> {
  await db('start_keys')
    .where('created', '<=', now - startKeyMs)
    .delete()
  const row = { ...hashed(by), asked: askedBy(by, asked), task_id: task, created: now }
  const added = await db('start_keys')
    .insert(row)
    .onConflict(['project_id', 'user_id', 'key'])
    .ignore()
    .returning('task_id')
  return added.length > 0
}

function hashed({ project_id, user_id, key }: StartKey): StartKey {
  return { project_id, user_id, key: sha256hex(key) }
}

/** With the key in it, which is kept nowhere: a secret in what was asked for cannot be guessed by it. */
function askedBy({ key }: StartKey, asked: string): string {
  return sha256hex(`${key}\n${asked}`)
}
