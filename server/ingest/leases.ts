/**
 * Who is there: counted from the last message received, by this server's monotonic clock (D9). Any
 * traffic of the current session counts. After a time in which nobody could be heard (hearing.ts), and
 * so at the start of the server, lease and grace of all begin anew: only silence without a gap counts.
 */
import type { Clock } from '../../lib/clock.ts'
import type { Cadence } from '../core/cadence.ts'

/** How long a fleet of its size is waited for. */
export type Patience = Pick<Cadence, 'leaseMs' | 'returnMs'>

export class Leases {
  /** When each was heard last, or from when on it could have been. */
  readonly #heard = new Map<number, number>()
  /** Since when each has been silent for more than its lease. */
  readonly #silent = new Map<number, number>()
  /** The same of those for whom nothing waits that their grace would end. */
  readonly #settled = new Map<number, number>()
  /** What each was told at its welcome; one that beats slowly is waited for longer. */
  readonly #leaseMs = new Map<number, number>()
  readonly #clock: Clock
  /** Of the fleet as it was last seen: also for a runner that was not welcomed yet. */
  #fleet: Patience
  /** By then all are back that were cut off. */
  #back: number

  constructor(clock: Clock, fleet: Patience) {
    this.#clock = clock
    this.#fleet = fleet
    this.#back = clock.monotonic() + fleet.returnMs
  }

  /** Its session begins: from now on it may be silent for the lease of this fleet. */
  begin(runner: number, fleet: Patience): void {
    this.#fleet = fleet
    this.#leaseMs.set(runner, fleet.leaseMs)
    this.heard(runner)
  }

  heard(runner: number): void {
    this.#heard.set(runner, this.#clock.monotonic())
    this.#silent.delete(runner)
    this.#settled.delete(runner)
  }

  /** It was there before this server began, and is waited for like all others. */
  expect(runner: number): void {
    if (!this.#heard.has(runner)) this.#heard.set(runner, this.#back)
  }

  /** Silent beyond its lease for so long, ms; below 0 = it may still be silent for so long. */
  silentMs(runner: number): number {
    const now = this.#clock.monotonic()
    const silent = this.#silent.get(runner) ?? this.#settled.get(runner)
    if (silent !== undefined) return now - silent
    return now - (this.#heard.get(runner) ?? this.#back) - this.#leaseOf(runner)
  }

  /**
   * Nobody could be heard until now, and that is nobody's silence: all is counted anew. A fleet that was
   * cut off comes back one after the other, so it counts from when the last one has had its turn. Where
   * that happens more often than lease and grace together last, nobody is given up.
   */
  restart(fleet: Patience = this.#fleet): void {
    this.#fleet = fleet
    this.#back = this.#clock.monotonic() + fleet.returnMs
    for (const runner of this.#heard.keys()) this.#heard.set(runner, this.#back)
    for (const runner of this.#silent.keys()) this.#heard.set(runner, this.#back)
    this.#silent.clear()
    for (const runner of this.#settled.keys()) {
      this.#settled.set(runner, this.#back + this.#leaseOf(runner))
    }
  }

  /** Runners whose lease has run out since the last call; from now on they are silent. */
  lapsed(): number[] {
    const now = this.#clock.monotonic()
    const lapsed = [...this.#heard.keys()].filter((runner) => this.silentMs(runner) > 0)
    for (const runner of lapsed) {
      this.#heard.delete(runner)
      this.#silent.set(runner, now)
    }
    return lapsed
  }

  /** Silent runners, and for how long beyond their lease, ms. */
  silent(): [runner: number, ms: number][] {
    return [...this.#silent.keys()].map((runner) => [runner, this.silentMs(runner)])
  }

  /** Nothing waits for the end of its grace: it needs no look any more, until `recall`. */
  settle(runner: number): void {
    const since = this.#silent.get(runner)
    if (since !== undefined) this.#settled.set(runner, since)
    this.#silent.delete(runner)
  }

  /** What is waited for, and for how long, may be another: all who are silent are looked at again. */
  recall(): void {
    for (const [runner, since] of this.#settled) this.#silent.set(runner, since)
    this.#settled.clear()
  }

  #leaseOf(runner: number): number {
    return this.#leaseMs.get(runner) ?? this.#fleet.leaseMs
  }
}
