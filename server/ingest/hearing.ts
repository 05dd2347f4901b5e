/**
 * Whether runners can be heard. While the database is paused what they say cannot be stored; while the
 * broker is away it does not come; and a process that stands still (SIGSTOP, a paused VM, a disk that
 * hangs) reads nothing: when it goes on its timers come first, and the messages of the meantime after
 * them. All of it is one thing, a time in which nobody could be heard, and nobody's silence.
 */
import type { Clock } from '../../lib/clock.ts'
import type { Store } from '../store/open.ts'
import type { Leases } from './leases.ts'

export interface HearingParts {
  store: Pick<Store, 'paused'>
  leases: Pick<Leases, 'restart'>
  /** Whether the server itself is connected to the broker. */
  connected(): boolean
  /** How often it is asked, ms: half a heartbeat. */
  everyMs: number
  clock: Clock
}

export class Hearing {
  readonly #parts: HearingParts
  #askedAt: number

  constructor(parts: HearingParts) {
    this.#parts = parts
    this.#askedAt = parts.clock.monotonic()
  }

  /**
   * To be asked before anybody is judged, and after each wait. False if somebody may have spoken unheard
   * since the last time: then all leases begin anew.
   */
  isGood(): boolean {
    const { store, leases, connected, everyMs, clock } = this.#parts
    const now = clock.monotonic()
    // Late by a whole heartbeat; less than that every lease bears.
    const stoodStill = now - this.#askedAt > 3 * everyMs
    this.#askedAt = now
    if (!stoodStill && connected() && store.paused === undefined) return true
    leases.restart()
    return false
  }
}
