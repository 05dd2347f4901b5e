/** Starts of the server, and which of them found that the database had been put back from a backup. */
import type { Knex } from 'knex'
import type { Tx } from './commit.ts'
import { lastTaskNumber } from './task-numbers.ts'

export interface StartRow {
  id: number
  at: number
  /** The highest task number that had been given out. */
  last_task: number
  /** Lines; null = nothing was found. */
  found: string | null
  found_at: number | null
}

/** @returns the number of this start */
export async function insertStart({ db }: Tx, now: number): Promise<number> {
  await db<StartRow>('starts')
    .whereNull('found')
    .andWhere('id', '<', db('runners').min('start'))
    .delete()
  const row = { at: now, last_task: await lastTaskNumber(db) }
  const [{ id }] = await db('starts').insert(row, ['id'])
  return id
}

/** Oldest first; only those that a runner may have missed are kept. */
export function allStarts(db: Knex): Promise<StartRow[]> {
  return db<StartRow>('starts').orderBy('id')
}

/** Adds lines to what was found at the last start that found something, or at the last of all. */
export async function addFound(
  { db }: Tx,
  lines: readonly string[],
  { known, now }: { known: boolean; now: number },
): Promise<void> {
  const starts = db<StartRow>('starts').orderBy('id', 'desc')
  const row = await (known ? starts.whereNotNull('found') : starts).first()
  if (row === undefined) return
  const found = [...(row.found?.split('\n') ?? []), ...lines].join('\n')
  await db<StartRow>('starts')
    .where({ id: row.id })
    .update({ found, found_at: row.found_at ?? now })
}

/** The last start that found something, if any did. */
export function lastRestore(db: Knex): Promise<StartRow | undefined> {
  return db<StartRow>('starts').whereNotNull('found').orderBy('id', 'desc').first()
}
