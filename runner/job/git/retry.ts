/** Patience with a bad link: what passes is tried again, and all of it has an end. */
import { backoff } from '../../../lib/backoff.ts'
import type { Clock } from '../../../lib/clock.ts'
import { AppError } from '../../../lib/errors.ts'
import type { JobLog } from '../log.ts'

export interface Patience {
  /** How often the work is tried, all in all. */
  tries: number
  clock: Clock
  /** 0 <= random() < 1 */
  random: () => number
  signal: AbortSignal
  log: JobLog
}

/**
 * Tries again after `unavailable`, and after nothing else: a wrong password stays wrong. What an
 * earlier try has brought is there for the next one.
 */
export async function withRetries<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
  const { tries, clock, random, signal, log } = patience
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const passes = error instanceof AppError && error.code === 'unavailable'
      if (!passes || signal.aborted || attempt >= tries) throw error
      const delay = backoff(attempt, { first: 1000, cap: 15_000, random })
      const seconds = Math.ceil(delay / 1000)
      await log.line(`${error.line}; trying again in ${seconds} s (${attempt + 1} of ${tries})`)
      await clock.sleep(delay, signal)
    }
  }
}

/**
 * Runs the work with a signal that is aborted by `signal`, or after `ms` with the AppError that
 * `overdue` makes.
 */
export async function withDeadline<T>(
  { ms, clock, signal }: { ms: number; clock: Clock; signal: AbortSignal },
  overdue: () => AppError,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController()
  const done = new AbortController()
  clock.sleep(ms, done.signal).then(
    () => late.abort(overdue()),
    () => {},
  )
  try {
    return await work(AbortSignal.any([signal, late.signal]))
  } finally {
    done.abort()
  }
}
