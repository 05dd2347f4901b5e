/**
 * Sends what lies in the outbox. The rows are the truth: the sender keeps nothing but how many it has
 * under way, so it may die at any point and another one goes on. It sleeps until a commit says that
 * there is a delivery, until a try ends, or until the next one is due; it never looks on suspicion.
 */
import { setMaxListeners } from 'node:events'
import type { LookupFunction } from 'node:net'
import type { Clock } from '../../../lib/clock.ts'
import { lineOf } from '../../../lib/errors.ts'
import type { Log } from '../../../lib/log.ts'
import type { Cipher } from '../../store/cipher.ts'
import type { Store } from '../../store/open.ts'
import { type Claimed, claimDue, fullLanes, nextDue, pruneDeliveries } from '../../store/outbox.ts'
import { addressGuard } from './address-guard.ts'
import { type Attempt, attempt } from './attempt.ts'

export interface SenderParts {
  store: Store
  cipher: Cipher
  webhooks: WebhookSettings
  clock: Clock
  /** 0 <= random() < 1 */
  random: () => number
  /** Told what came of each try. */
  onOutcome?: ((state: string) => void) | undefined
  log: Log
  /** Name resolution; the system's if left out. */
  lookup?: LookupFunction
}

/** Section `webhooks` of the server's configuration, as far as sending goes. */
export interface WebhookSettings {
  allow_private_addresses: boolean
  timeout_sec: number
}

export interface Sender {
  /** What it does now, for a status page. */
  doing(): string
  /** Ends the tries under way, puts them back for the next start, and resolves when that is written. */
  close(): Promise<void>
}

/** So many tries at once, and so many of one receiver, that a hanging one holds up only itself. */
const slots = 128
const perLane = 4
/** A lease outlives the longest try by this, ms: time enough to write down what came of it. */
const leaseMargin = 15_000
/** Wait after the database failed, ms. */
const troubleWait = 5_000
/** No sleep is longer, ms: setTimeout takes at most 24 days, and the wall clock may have been set. */
const longestSleep = 3_600_000
const day = 24 * 3_600_000
/** Finished deliveries are shown for this long, ms. */
const keep = 30 * day

export function startSender(parts: SenderParts): Sender {
  return new OutboxSender(parts)
}

class OutboxSender implements Sender {
  readonly #parts: SenderParts
  readonly #attempt: Attempt
  readonly #closing = new AbortController()
  /** By the number of the delivery. */
  readonly #underWay = new Map<number, Promise<void>>()
  readonly #lanes = new Map<string, number>()
  readonly #loop: Promise<void>
  #wake = () => {}
  #nextPrune = 0

  constructor(parts: SenderParts) {
    const { store, webhooks, lookup } = parts
    const { signal } = this.#closing
    // Every try listens, and so does the wait for changes; from the 11th on Node would cry leak.
    setMaxListeners(slots + 1, signal)
    this.#parts = parts
    this.#attempt = {
      ...parts,
      guard: addressGuard({ allowPrivate: webhooks.allow_private_addresses, lookup }),
      timeout: webhooks.timeout_sec * 1000,
      closing: signal,
    }
    store.changes.listen(({ kind }) => {
      if (kind === 'delivery' || kind === 'writable') this.#wake()
    }, signal)
    this.#loop = this.#run()
  }

  doing(): string {
    const count = this.#underWay.size
    return count === 0 ? 'waiting for the next delivery' : `${count} under way`
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the server is closing'))
    this.#wake()
    await this.#loop
    await Promise.all(this.#underWay.values())
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      // Armed before looking: what is committed while we look ends the sleep before it begins.
      const round = new AbortController()
      this.#wake = () => round.abort()
      const idle = await this.#sendDue().catch((error) => {
        this.#parts.log.error('webhook outbox unusable', { error: lineOf(error) })
        return troubleWait
      })
      await this.#parts.clock.sleep(Math.min(idle, longestSleep), round.signal).catch(() => {})
    }
  }

  /** Starts whatever is due. @returns for how long nothing will be, ms. */
  async #sendDue(): Promise<number> {
    const { store, clock, webhooks } = this.#parts
    // Nothing is sent of which nobody could write down what came of it.
    if (store.paused !== undefined) return longestSleep
    await this.#prune()
    while (!this.#closing.signal.aborted && this.#underWay.size < slots) {
      const now = clock.now()
      const underWay = [...this.#underWay.keys()]
      const at = await nextDue(store.read, now, {
        lanes: fullLanes(this.#lanes, perLane),
        underWay,
      })
      if (at === undefined) return longestSleep
      if (at > now) return at - clock.now()
      const ask = {
        now,
        until: now + webhooks.timeout_sec * 1000 + leaseMargin,
        slots: slots - this.#underWay.size,
        lanes: new Map(this.#lanes),
        underWay,
        perLane,
      }
      for (const one of await store.commit((tx) => claimDue(tx, ask))) this.#start(one)
    }
    return longestSleep
  }

  #start(one: Claimed): void {
    this.#count(one.lane, 1)
    const done = attempt(one, this.#attempt).finally(() => {
      this.#underWay.delete(one.id)
      this.#count(one.lane, -1)
      this.#wake()
    })
    this.#underWay.set(one.id, done)
  }

  #count(lane: string, change: 1 | -1): void {
    const count = (this.#lanes.get(lane) ?? 0) + change
    if (count === 0) this.#lanes.delete(lane)
    else this.#lanes.set(lane, count)
  }

  async #prune(): Promise<void> {
    const { store, clock } = this.#parts
    if (clock.monotonic() < this.#nextPrune) return
    this.#nextPrune = clock.monotonic() + day
    await store.commit((tx) => pruneDeliveries(tx, clock.now() - keep))
  }
}
