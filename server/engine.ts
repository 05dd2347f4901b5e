/**
 * What moves tasks: ingest, dispatch and grants, over one store and one bus, and nothing that anybody
 * looks at. A simulator can let it run on simulated time, over a store and a bus of its own.
 */
import type { Bus, BusHandlers } from '../broker/bus.ts'
import type { Job } from '../broker/job.ts'
import { createPostbox } from '../broker/postbox.ts'
import { plainVoice, type Voice } from '../broker/seal/voice.ts'
import type { Topics } from '../broker/topics.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { CadenceSettings } from './core/cadence.ts'
import { startDispatcher } from './dispatch/dispatcher.ts'
import { begin } from './ingest/begin.ts'
import { createGranter } from './ingest/grant.ts'
import { type Ingest, startIngest } from './ingest/ingest.ts'
import { callRoll } from './roll-call.ts'
import type { Store } from './store/open.ts'
import type { Seen } from './store/witness.ts'

export interface EngineOptions {
  store: Store
  topics: Topics
  connect(handlers: Pick<BusHandlers, 'onMessage' | 'onConnect'>): Bus
  /** Where a runner's connection comes from, as far as the broker tells. */
  addressOf(runner: number): string | undefined
  /** After each connect to the broker, which may have forgotten everything. */
  onConnect(): void
  readJob(task: number, attempt: number): Promise<Job>
  /** As whom the server speaks; left out = as nobody, to runners without keys. */
  voice?: Voice
  /** Runners without keys get nothing. */
  requireSealed?: boolean
  fleet: CadenceSettings
  /** How long a task waits for a silent runner beyond its lease, where its template does not say, ms. */
  graceMs: number
  /** What a witness has seen of this database beyond what it holds: it was put back from a backup. */
  lost?: Seen | undefined
  /** Of the whole server, 0 = no limit. */
  maxParallelTasks: number
  clock: Clock
  random: () => number
  log: Log
  /** Aborts when the server is to stop. */
  signal: AbortSignal
}

export interface Engine {
  bus: Bus
  /** How long a runner has been silent beyond its lease, ms; below 0 = it may still be for so long. */
  silentMs(runner: number): number
  /** Lets what was taken reach the disk, then leaves the broker. */
  close(): Promise<void>
}

/** @throws AppError `unavailable` if the disk does not let it begin */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { store, topics, fleet, voice = plainVoice, requireSealed = false, clock, log } = options
  const start = await store.commit((tx) => begin(tx, options.lost, clock.now()))
  const bus = options.connect({
    onMessage: (topic, payload, retained) => ingest.onMessage(topic, payload, retained),
    onConnect() {
      options.onConnect()
      ingest.onConnect()
      void callRoll({ ...options, postbox, perSec: fleet.returnsPerSec })
    },
  })
  const postbox = createPostbox(bus, topics, log, voice)
  const granter = createGranter({ ...options, postbox })
  const connected = () => bus.connected
  const parts = { ...options, voice, requireSealed, start, postbox, granter, connected }
  const ingest: Ingest = startIngest(parts)
  startDispatcher({ ...options, postbox })
  return {
    bus,
    silentMs: (runner) => ingest.silentMs(runner),
    async close() {
      await ingest.idle()
      await granter.idle()
      await bus.close()
    },
  }
}
