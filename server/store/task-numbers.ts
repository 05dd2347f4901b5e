/** Task numbers: each is given out once, that of a deleted task as well. */
import type { Knex } from 'knex'
import type { Tx } from './commit.ts'

/** The highest number that was ever given out here, 0 if none. */
export async function lastTaskNumber(db: Knex): Promise<number> {
  const row = await db('sqlite_sequence').where({ name: 'tasks' }).first('seq')
  return Number(row?.seq ?? 0)
}

/** The next task gets a higher number than `used`. */
export async function skipTaskNumbers({ db }: Tx, used: number): Promise<void> {
  if ((await lastTaskNumber(db)) >= used) return
  const moved = await db('sqlite_sequence').where({ name: 'tasks' }).update({ seq: used })
  if (moved === 0) await db('sqlite_sequence').insert({ name: 'tasks', seq: used })
}
