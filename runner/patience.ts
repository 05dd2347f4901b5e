/** What is asked of a server that may be down: tried until it answers. */
import { backoff } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError, lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

export interface SeekContext {
  clock: Clock
  random: () => number
  log: Log
  signal: AbortSignal
}

const sayAgainMs = 60_000

/**
 * Keeps trying while the server is not reached, and says so once a minute.
 * @throws whatever else `work` throws, or the signal's reason
 */
export async function untilReached<T>(
  work: () => Promise<T>,
  { clock, random, log, signal }: SeekContext,
): Promise<T> {
  let said = Number.NEGATIVE_INFINITY
  for (let tries = 0; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof AppError) || error.code !== 'unavailable') throw error
      if (clock.monotonic() - said >= sayAgainMs) {
        log.warn('server not reached; trying again', { reason: lineOf(error) })
        said = clock.monotonic()
      }
    }
    await clock.sleep(backoff(tries, { first: 1000, cap: 30_000, random }), signal)
  }
}
