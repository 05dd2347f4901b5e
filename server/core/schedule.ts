/** When a schedule runs next. Pure; times are ms since the epoch. */
import { AppError } from '../../lib/errors.ts'
import { cronTimes } from './cron.ts'
import { isTimeZone } from './time-zone.ts'

/** What of a schedule says when it runs. */
export interface Timing {
  /** Empty: again and again, by its cron format; run_at: once. */
  type: '' | 'run_at'
  cron_format: string
  /** null = the server's. */
  timezone: string | null
  run_at: number | null
  active: boolean
}

/** What of it says what it has done and will do. */
export interface Planned extends Timing {
  next_run: number | null
  /** The zone in which `next_run` was found. */
  zone: string
  last_run: number | null
}

export type Plan = Pick<Planned, 'next_run' | 'zone'>

/** A wall clock that goes back by less has been put right; by more it was wrong, and so is what it planned. */
const smallStepMs = 3_600_000

/**
 * The plan of a schedule that is new, changed or switched on. What is off is checked as well.
 * @throws AppError `invalid` if it can never run
 */
export function plan(timing: Timing, serverZone: string, now: number): Plan {
  const zone = zoneOf(timing.timezone, serverZone)
  const next = nextAfter(timing, zone, now)
  if (next === null && timing.active) throw never(timing)
  return { zone, next_run: timing.active ? next : null }
}

export function sameTiming(one: Timing, other: Timing): boolean {
  const timing = ['type', 'cron_format', 'timezone', 'run_at', 'active'] as const
  return timing.every((column) => one[column] === other[column])
}

/** @param named null = the server's. @throws AppError `invalid` */
export function zoneOf(named: string | null, serverZone: string): string {
  if (named === null) return serverZone
  if (isTimeZone(named)) return named
  const got = JSON.stringify(named)
  throw new AppError('invalid', `timezone: expected a time zone such as Europe/Berlin, got ${got}`)
}

/** The plan after a run, or after one that was left out: what was missed before `now` is not made up for. */
export function planNext(planned: Planned, now: number): Plan {
  const { type, zone, next_run } = planned
  const last = next_run ?? now
  return { zone, next_run: type === 'run_at' ? null : nextAfter(planned, zone, now, last) }
}

/**
 * The plan held against the clock: at a start, and when the clock was set back. Another one if the
 * server's zone is another now, or if the plan was made by a clock that was far ahead.
 */
export function replan(planned: Planned, serverZone: string, now: number): Plan {
  const { type, active, zone, next_run, last_run } = planned
  const same = { zone, next_run }
  if (!active || type === 'run_at') return same
  const at = planned.timezone ?? serverZone
  const next = nextAfter(planned, at, now)
  if (at !== zone) return { zone: at, next_run: next }
  if (next === null || next_run === null || next_run <= next) return same
  // It has had this time already, by a clock that was a little ahead.
  if (last_run !== null && Math.abs(next - last_run) < smallStepMs) return same
  return { zone, next_run: next }
}

function nextAfter({ type, cron_format, run_at }: Timing, zone: string, now: number, last = now) {
  if (type === 'run_at') return run_at !== null && run_at > now ? run_at : null
  return cronTimes(cron_format, zone, now, 1, last)[0] ?? null
}

function never({ type, cron_format, run_at }: Timing): AppError {
  if (type === '') {
    return new AppError('invalid', `cron_format: expected times that come, got "${cron_format}"`)
  }
  const got = run_at === null ? 'nothing' : new Date(run_at).toISOString()
  return new AppError('invalid', `run_at: expected a time to come, got ${got}`)
}
