/**
 * Gives up a transaction that hangs: one that waits for what is queued behind it does so for ever, and the
 * store would stand still with it. One timer watches them all, set again only when it has gone off: nearly
 * each is done in milliseconds, and a timer for each would cost more than what most of them do.
 */
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'

/** Works that take longer hang, ms. */
const hangMs = 120_000

interface Wait {
  /** By the monotonic clock, ms. */
  since: number
  giveUp(): void
}

export class HangWatch {
  readonly #clock: Clock
  readonly #closing = new AbortController()
  #wait: Wait | undefined
  #watches = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Waits for `work`, the only one at a time.
   * @throws AppError `internal` if it hangs; what it does later is the caller's to prevent
   */
  within<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const giveUp = () => {
        reject(new AppError('internal', `a transaction was not done within ${hangMs / 1000} s`))
      }
      const wait: Wait = { since: this.#clock.monotonic(), giveUp }
      this.#wait = wait
      const end = () => {
        if (this.#wait === wait) this.#wait = undefined
      }
      work.finally(end).then(resolve, reject)
      if (!this.#watches) void this.#watch()
    })
  }

  /** Nothing is watched any more, and no timer keeps the process. */
  close(): void {
    this.#closing.abort()
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closing
    this.#watches = true
    while (this.#wait !== undefined && !signal.aborted) {
      const { since, giveUp } = this.#wait
      const left = since + hangMs - this.#clock.monotonic()
      if (left > 0) {
        await this.#clock.sleep(left, signal).catch(() => {})
        continue
      }
      this.#wait = undefined
      giveUp()
    }
    this.#watches = false
  }
}
