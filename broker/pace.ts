/** How long a client waits before it tries to connect again: never at once, never all together. */
import { backoff } from '../lib/backoff.ts'

export interface PaceOptions {
  random: () => number
  /** A connection that held for longer than this proved good, ms; `settled` says so at once. */
  steadyMs?: number
}

/** How a try, or a connection, came to its end. */
export interface Lost {
  /** For how long it was up, ms; undefined if it never was. */
  heldMs: number | undefined
  /** The broker does not accept the credentials. */
  refused: boolean
}

/** Upper bound of the first pause, where nobody says otherwise, ms. */
const usualSpreadMs = 1_000
/** Upper bound of every pause while the broker is away, ms. */
const capMs = 30_000
/** Someone who was removed knocks on for ever, and may be let in again some day, ms. */
const refusedCapMs = 300_000

/**
 * Full jitter (lib/backoff.ts): the pauses double with each failure, and begin anew after a connection
 * that proved good. Whoever is thrown out again and again, because another machine has the same client
 * id, never proves good, and so slows down.
 */
export class Pace {
  readonly #random: () => number
  readonly #steadyMs: number
  #spreadMs = usualSpreadMs
  #rounds = 0

  constructor({ random, steadyMs = 10_000 }: PaceOptions) {
    this.#random = random
    this.#steadyMs = steadyMs
  }

  /** A lost connection may be that of a whole fleet: the first pause is at most so long from now on. */
  spread(ms: number): void {
    this.#spreadMs = ms
  }

  /** The connection proved good. */
  settled(): void {
    this.#rounds = 0
  }

  /** The pause before the next try, ms. */
  next({ heldMs, refused }: Lost): number {
    if (heldMs !== undefined && heldMs > this.#steadyMs) this.settled()
    const cap = refused ? refusedCapMs : Math.max(capMs, this.#spreadMs)
    const pause = backoff(this.#rounds, { first: this.#spreadMs, cap, random: this.#random })
    this.#rounds += 1
    return pause
  }
}
