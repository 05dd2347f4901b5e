/**
 * Runner -> store. Messages queue up while a commit is on its way to the disk and share the next one;
 * everything that is said to a runner is said after the commit that made it true (D4, D5).
 */
import type { Postbox } from '../../broker/postbox.ts'
import type { Voice } from '../../broker/seal/voice.ts'
import type { Topics } from '../../broker/topics.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError, lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { type CadenceSettings, cadenceOf } from '../core/cadence.ts'
import type { Store } from '../store/open.ts'
import { Backlog } from './backlog.ts'
import { watchClones } from './clones.ts'
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
  /** The number of this start of the server. */
  start: number
  /** Whose results are to be signed. */
  voice: Pick<Voice, 'keysOf'>
  /** Runners without keys get nothing. */
  requireSealed: boolean
  /** How long a runner may be silent, and how often it shall be heard. */
  fleet: CadenceSettings
  /** Beyond that a task waits so long for its runner, where its template does not say, ms. */
  graceMs: number
  /** Where a runner's connection comes from, as far as the broker tells. */
  addressOf(runner: number): string | undefined
  /** Whether the server itself is connected to the broker. */
  connected(): boolean
}

export interface Ingest {
  /** Takes a message of the bus; never throws, never blocks. */
  onMessage(topic: string, payload: Uint8Array, retained: boolean): void
  /** The server has connected to the broker: from now on runners are heard (again). */
  onConnect(): void
  /** How long a runner has been silent beyond its lease, ms; below 0 = it may still be for so long. */
  silentMs(runner: number): number
  /** Resolves when all that was taken so far is committed or given up. */
  idle(): Promise<void>
}

/** Messages in one transaction at most. */
const batchLimit = 500
/** A stranger is asked to say hello at most this often. */
const identifyMs = 5_000

export function startIngest(context: IngestContext): Ingest {
  const { store, postbox, topics, clock, log, start, fleet, addressOf, signal } = context
  const { voice, requireSealed } = context
  const digests = new LogDigests()
  const speak = createSpeaker(context)
  const leases = new Leases(clock, cadenceOf(0, fleet))
  const leaseLeftMs = (runner: number) => Math.max(0, -leases.silentMs(runner))
  const backlog = new Backlog(clock, log)
  const asked = new Map<number, number>()
  let draining: Promise<void> | undefined

  function onMessage(topic: string, payload: Uint8Array, retained: boolean): void {
    // Mosquitto cannot forbid the flag: what a runner left retained would be said again for ever.
    if (retained && topics.parse(topic)?.channel !== 'presence') return
    // Who prints on and on does not keep a server from ending: what it does not hear comes again.
    if (signal.aborted || !backlog.hasRoom()) return
    try {
      const message = parseIncoming({ topics, voice }, topic, payload, clock.now())
      backlog.add(message)
      draining ??= drain()
    } catch (error) {
      log.warn('message refused', { topic, reason: lineOf(error) })
    }
  }

  /** Until nothing waits, or the database is paused: then all that waits is kept for its end. */
  async function drain(): Promise<void> {
    // What arrives in the same turn belongs to the same batch.
    await Promise.resolve()
    /** So many are tried one by one: one of them cannot be stored, and must not hold up the others. */
    let alone = 0
    while (backlog.size > 0 && store.paused === undefined) {
      const batch = backlog.take(alone > 0 ? 1 : batchLimit)
      const error = await take(batch)
      const unavailable = error instanceof AppError && error.code === 'unavailable'
      if (error !== undefined && (unavailable || batch.length > 1)) {
        backlog.putBack(batch)
        if (!unavailable) alone = batch.length
        continue
      }
      if (error !== undefined) log.error('message not stored', { reason: lineOf(error) })
      alone = Math.max(0, alone - batch.length)
    }
    draining = undefined
  }

  /** @returns why nothing of it is stored, if so */
  async function take(batch: readonly Incoming[]): Promise<unknown> {
    const now = clock.now()
    try {
      const options = { digests, now, start, fleet, requireSealed, leaseLeftMs, addressOf }
      const taken = await store.commit((tx) => takeIn(tx, batch, options))
      digests.settle(taken)
      for (const runner of taken.heard) leases.heard(runner)
      for (const one of taken.out) {
        if ('welcome' in one) leases.begin(one.runner, one.patience)
        speak(one)
      }
      for (const runner of taken.strangers) identify(runner)
      return undefined
    } catch (error) {
      return error
    }
  }

  function identify(runner: number): void {
    const now = clock.monotonic()
    if (now - (asked.get(runner) ?? Number.NEGATIVE_INFINITY) < identifyMs) return
    asked.set(runner, now)
    postbox.tasks(runner, { v: 1, kind: 'identify' })
  }

  store.changes.listen((change) => {
    // A template may want to wait less, or for ever, from now on.
    if (change.kind === 'rules') leases.recall()
    // A person has decided on what it has, and may have made it the task's attempt: it is waited for.
    if (change.kind === 'identify') leases.heard(change.runner)
    if (change.kind !== 'writable') return
    leases.restart()
    draining ??= drain()
  }, signal)
  void watchClones(context)
  void watchSilence({ ...context, leases })
  return {
    onMessage,
    onConnect: () => leases.restart(),
    silentMs: (runner) => leases.silentMs(runner),
    async idle() {
      while (draining !== undefined) await draining
    },
  }
}
