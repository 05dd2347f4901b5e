/** What a runner reports of damage on its disk, as an alarm: it is up until a person clears it. */
import type { DamageReport } from '../../broker/messages.ts'
import { findAlarm, raiseAlarm } from '../store/alarms.ts'
import type { Tx } from '../store/commit.ts'

/** Files that the text of the alarm tells of, the newest, a line each. */
const mostLines = 10
/** Attempts that a line names. */
const mostAttempts = 10

/**
 * A report that comes again, because its welcome was lost, changes nothing.
 * @returns the ids of what is recorded
 */
export async function recordDamage(
  tx: Tx,
  runner: number,
  reports: readonly DamageReport[],
  now: number,
): Promise<string[]> {
  const up = await findAlarm(tx.db, runner, 'damaged')
  const known = up?.text.split('\n') ?? []
  const lines = reports.map(lineOf).filter((line) => !known.includes(line))
  if (lines.length > 0) {
    const text = [...known, ...lines].slice(-mostLines).join('\n')
    await raiseAlarm(tx, runner, 'damaged', text, now)
  }
  return reports.map(({ id }) => id)
}

function lineOf({ file, kept, offset, records, attempts }: DamageReport): string {
  const left = records === 0 ? 'nothing before it' : `the ${records} records before it`
  const names = attempts.slice(0, mostAttempts).map(({ task, attempt }) => `${task}.${attempt}`)
  const more = attempts.length > mostAttempts ? ', ..' : ''
  const affected = names.length > 0 ? `, affects ${names.join(', ')}${more}` : ''
  return `${file} is damaged at byte ${offset}: ${left} could be kept${affected}; as it was: ${kept}`
}
