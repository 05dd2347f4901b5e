/**
 * Runner -> store. Messages queue up while a commit is on its way to the disk and share the next one;
 * everything that is said to a runner is said after the commit that made it true (D4, D5).
 */
import type { Postbox } from '../../broker/postbox.ts'
import type { Topics } from '../../broker/topics.ts'
import type { Clock } from '../../lib/clock.ts'
import { lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { type CadenceSettings, cadenceOf } from '../core/cadence.ts'
import type { Store } from '../store/open.ts'
import { LogDigests } from './digests.ts'
import type { Granter } from './grant.ts'
import { type Incoming, parseIncoming } from './incoming.ts'
import { takeIn } from './intake.ts'
import { Leases } from './leases.ts'
import { createSpeaker } from './speak.ts'
import { watchSilence } from './watch.ts'

export interface IngestContext {
  store: Store
  postbox: Postbox
  topics: Topics
  granter: Granter
  clock: Clock
  log: Log
  signal: AbortSignal
  /** How long a runner may be silent, and how often it shall be heard. */
  fleet: CadenceSettings
  /** Beyond that a task waits so long for its runner, where its template does not say, ms. */
  graceMs: number
}

export interface Ingest {
  /** Takes a message of the bus; never throws, never blocks. */
  onMessage(topic: string, payload: Uint8Array, retained: boolean): void
  /** Resolves when all that was taken so far is committed or given up. */
  idle(): Promise<void>
}

/** Messages in one transaction at most. */
const batchLimit = 500
/** Messages in memory at most; beyond that they are dropped, unacknowledged, and come again. */
const queueLimit = 20_000
/** A stranger is asked to say hello at most this often. */
const identifyMs = 5_000

export function startIngest(context: IngestContext): Ingest {
  const { store, postbox, topics, granter, clock, log, fleet } = context
  const digests = new LogDigests()
  const speak = createSpeaker(context)
  const leases = new Leases(clock, fleet.leaseMs)
  const queue: Incoming[] = []
  const asked = new Map<number, number>()
  let draining: Promise<void> | undefined

  function onMessage(topic: string, payload: Uint8Array, retained: boolean): void {
    // Mosquitto cannot forbid the flag: what a runner left retained would be said again for ever.
    if (retained && topics.parse(topic)?.channel !== 'presence') return
    if (queue.length >= queueLimit) return
    try {
      const message = parseIncoming(topics, topic, payload)
      queue.push(message)
      if (message.kind === 'attempt' && message.said.kind === 'claim') {
        granter.prepare(message.task, message.attempt)
      }
      draining ??= drain()
    } catch (error) {
      log.warn('message refused', { topic, reason: lineOf(error) })
    }
  }

  async function drain(): Promise<void> {
    // What arrives in the same turn belongs to the same batch.
    await Promise.resolve()
    while (queue.length > 0) {
      const batch = queue.splice(0, batchLimit)
      if (await take(batch, batch.length === 1)) continue
      // One message that cannot be stored must not hold up the others.
      for (const one of batch) await take([one], true)
    }
    draining = undefined
  }

  async function take(batch: readonly Incoming[], last: boolean): Promise<boolean> {
    const now = clock.now()
    try {
      const taken = await store.commit((tx) => takeIn(tx, batch, { digests, now, fleet }))
      digests.settle(taken)
      for (const runner of taken.heard) leases.heard(runner)
      for (const one of taken.out) {
        if ('welcome' in one) leases.begin(one.runner, one.leaseMs)
        speak(one)
      }
      for (const runner of taken.strangers) identify(runner)
      return true
    } catch (error) {
      if (last) log.error('message not stored', { reason: lineOf(error) })
      return false
    }
  }

  function identify(runner: number): void {
    const now = clock.monotonic()
    if (now - (asked.get(runner) ?? Number.NEGATIVE_INFINITY) < identifyMs) return
    asked.set(runner, now)
    postbox.tasks(runner, { v: 1, kind: 'identify' })
  }

  const { heartbeatMs } = cadenceOf(0, fleet)
  void watchSilence({ ...context, leases, lookMs: Math.ceil(heartbeatMs / 2) })
  return {
    onMessage,
    async idle() {
      while (draining !== undefined) await draining
    },
  }
}
