import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'

/** Keys remembered at once: a flood of names must not fill the memory. The oldest goes first. */
const capacity = 10_000

/** Allows `limit` tries a key within `windowMs` of the first. */
export class Throttle {
  readonly #limit: number
  readonly #windowMs: number
  readonly #clock: Clock
  readonly #tries = new Map<string, { count: number; until: number }>()

  constructor(limit: number, windowMs: number, clock: Clock) {
    this.#limit = limit
    this.#windowMs = windowMs
    this.#clock = clock
  }

  /**
   * Counts a try before its outcome is known: of a thousand tries sent at once, only `limit` may
   * reach the password check, though none of them has failed yet.
   * @throws AppError `too_many`
   */
  enter(key: string): void {
    const now = this.#clock.monotonic()
    const known = this.#tries.get(key)
    const tries = known && known.until > now ? known : { count: 0, until: now + this.#windowMs }
    if (tries.count >= this.#limit) throw tooMany(Math.ceil((tries.until - now) / 1000))
    tries.count += 1
    this.#tries.set(key, tries)
    if (this.#tries.size > capacity) this.#tries.delete(this.#tries.keys().next().value as string)
  }

  /** The try succeeded: only failures count. */
  forget(key: string): void {
    this.#tries.delete(key)
  }
}

function tooMany(seconds: number): AppError {
  return new AppError('too_many', `too many tries; try again in ${seconds} s`, {
    retryAfterSec: seconds,
  })
}
