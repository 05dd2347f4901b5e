/**
 * Who is there: counted from the last message received, by this server's monotonic clock (D9). Any
 * traffic of the current session counts. After a restart of the server every lease begins anew.
 */
import type { Clock } from '../../lib/clock.ts'

export class Leases {
  readonly #heard = new Map<number, number>()
  readonly #silent = new Map<number, number>()
  readonly #clock: Clock
  readonly #leaseMs: number

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock
    this.#leaseMs = leaseMs
  }

  heard(runner: number): void {
    this.#heard.set(runner, this.#clock.monotonic())
    this.#silent.delete(runner)
  }

  /** Runners whose lease has run out since the last call; from now on they are silent. */
  lapsed(): number[] {
    const now = this.#clock.monotonic()
    const lapsed = [...this.#heard].filter(([, at]) => at < now - this.#leaseMs)
    for (const [runner] of lapsed) {
      this.#heard.delete(runner)
      this.#silent.set(runner, now)
    }
    return lapsed.map(([runner]) => runner)
  }

  /** Silent runners, and for how long beyond their lease, ms. */
  silent(): [runner: number, ms: number][] {
    const now = this.#clock.monotonic()
    return [...this.#silent].map(([runner, since]) => [runner, now - since])
  }

  /** Nothing of it can change any more by waiting. */
  forget(runner: number): void {
    this.#silent.delete(runner)
  }
}
