/**
 * Who is there: counted from the last message received, by this server's monotonic clock (D9). Any
 * traffic of the current session counts. After a restart of the server every lease begins anew.
 */
import type { Clock } from '../../lib/clock.ts'

export class Leases {
  readonly #heard = new Map<number, number>()
  readonly #silent = new Map<number, number>()
  /** What each was told at its welcome; one that beats slowly is waited for longer. */
  readonly #leaseMs = new Map<number, number>()
  readonly #clock: Clock
  readonly #usualMs: number
  #began: number

  /** @param usualMs for a runner that was not welcomed yet */
  constructor(clock: Clock, usualMs: number) {
    this.#clock = clock
    this.#usualMs = usualMs
    this.#began = clock.monotonic()
  }

  /** Its session begins: from now on it may be silent for `leaseMs`. */
  begin(runner: number, leaseMs: number): void {
    this.#leaseMs.set(runner, leaseMs)
    this.heard(runner)
  }

  heard(runner: number): void {
    this.#heard.set(runner, this.#clock.monotonic())
    this.#silent.delete(runner)
  }

  /** How long it may still be silent, ms; 0 = it has been for a whole lease. */
  leftMs(runner: number): number {
    if (this.#silent.has(runner)) return 0
    const since = this.#heard.get(runner) ?? this.#began
    return Math.max(0, since + this.#leaseOf(runner) - this.#clock.monotonic())
  }

  /** Nobody could be heard for a while, and that is nobody's silence: all is counted from now on. */
  restart(): void {
    const now = this.#clock.monotonic()
    this.#began = now
    for (const runner of this.#heard.keys()) this.#heard.set(runner, now)
    for (const runner of this.#silent.keys()) this.#silent.set(runner, now)
  }

  /** Runners whose lease has run out since the last call; from now on they are silent. */
  lapsed(): number[] {
    const now = this.#clock.monotonic()
    const lapsed = [...this.#heard].filter(([runner, at]) => at < now - this.#leaseOf(runner))
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

  #leaseOf(runner: number): number {
    return this.#leaseMs.get(runner) ?? this.#usualMs
  }
}
