/** What is odd with a runner: one row for each kind, up until its cause is gone or a person clears it. */
import type { Knex } from 'knex'
import type { Tx } from './commit.ts'

/** Every kind of alarm, and what it means. */
export const alarmKinds = {
  cloned: 'two installations use the token of one runner',
  damaged: 'its journal or a log on its disk failed its checksum',
  clock: 'its clock is far from that of the server',
} as const

export type AlarmKind = keyof typeof alarmKinds

export interface AlarmRow {
  runner_id: number
  kind: AlarmKind
  text: string
  /** ms since the epoch, like the other two */
  first_at: number
  last_at: number
  times: number
  cleared_at: number | null
}

/**
 * What is up already is only counted on; the text is always that of the last time.
 * @param text one line for a person: what was seen, and what to do
 * @param now ms since the epoch
 */
export async function raiseAlarm(
  tx: Tx,
  runner: number,
  kind: AlarmKind,
  text: string,
  now: number,
): Promise<void> {
  const key = { runner_id: runner, kind }
  const seen = { text, last_at: now }
  const up = tx.db('runner_alarms').where(key).whereNull('cleared_at')
  if ((await up.increment('times', 1).update(seen)) > 0) return
  const row: AlarmRow = { ...key, ...seen, first_at: now, times: 1, cleared_at: null }
  await tx.db('runner_alarms').insert(row).onConflict(['runner_id', 'kind']).merge()
  tx.emit({ kind: 'alarm', runner, alarm: kind, text })
}

/** @returns whether it was up */
export async function clearAlarm(
  tx: Tx,
  runner: number,
  kind: AlarmKind,
  now: number,
): Promise<boolean> {
  const up = tx.db('runner_alarms').where({ runner_id: runner, kind }).whereNull('cleared_at')
  if ((await up.update({ cleared_at: now })) === 0) return false
  tx.emit({ kind: 'alarm', runner, alarm: kind, text: null })
  return true
}

/** @returns the alarm if it is up */
export async function findAlarm(
  db: Knex,
  runner: number,
  kind: AlarmKind,
): Promise<AlarmRow | undefined> {
  return await db('runner_alarms')
    .where({ runner_id: runner, kind })
    .whereNull('cleared_at')
    .first()
}

/** Those for which it is up. */
export async function runnersWithAlarm(db: Knex, kind: AlarmKind): Promise<Set<number>> {
  const up = db('runner_alarms').where({ kind }).whereNull('cleared_at')
  return new Set(await up.pluck('runner_id'))
}

/** Runners that are there, and for which it is up, but was not raised again after `before`, ms. */
export async function quietAlarms(db: Knex, kind: AlarmKind, before: number): Promise<number[]> {
  return await db('runner_alarms')
    .join('runners', 'runners.id', 'runner_alarms.runner_id')
    .where({ kind, online: true })
    .whereNull('cleared_at')
    .where('last_at', '<', before)
    .pluck('runner_id')
}

/** All that were ever raised for a runner, the last of each kind, newest first. */
export async function listAlarms(db: Knex, runner: number): Promise<AlarmRow[]> {
  return await db('runner_alarms').where({ runner_id: runner }).orderBy('last_at', 'desc')
}

/** What is up with all runners, newest first. */
export async function alarmsUp(db: Knex): Promise<AlarmRow[]> {
  return await db('runner_alarms').whereNull('cleared_at').orderBy('last_at', 'desc')
}
