/** What comes again and again is done once in a while: all that came meanwhile, in one go. */
import type { Clock } from './clock.ts'

export interface RoundsOptions {
  /** So long is gathered before each round, ms. */
  everyMs: number
  /** Does what is to be done; must not reject. */
  run(): Promise<void>
  clock: Pick<Clock, 'sleep'>
  /** Aborts when nothing is to be waited for any more: rounds then run at once. */
  signal: AbortSignal
}

export class Rounds {
  readonly #options: RoundsOptions
  #round: Promise<void> | undefined
  #again = false

  constructor(options: RoundsOptions) {
    this.#options = options
  }

  /** There is something to do. */
  wake(): void {
    this.#again = true
    this.#round ??= this.#run()
  }

  /** Resolves when all that there was to do is done, but not what comes while this waits. */
  async idle(): Promise<void> {
    await this.#round
    // What came while that round ran is for this one.
    await this.#round
  }

  async #run(): Promise<void> {
    const { everyMs, run, clock, signal } = this.#options
    await clock.sleep(everyMs, signal).catch(() => {})
    this.#again = false
    await run()
    this.#round = this.#again ? this.#run() : undefined
  }
}
