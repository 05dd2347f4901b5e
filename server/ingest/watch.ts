/** Watches the silence of runners: the lease first, then the grace (D7). Its only loop sleeps. */
import type { Clock } from '../../lib/clock.ts'
import { lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { type CadenceSettings, cadenceOf } from '../core/cadence.ts'
import { heldByRunner } from '../store/attempts.ts'
import type { Store } from '../store/open.ts'
import { countRunners } from '../store/runners.ts'
import { Hearing } from './hearing.ts'
import type { Leases } from './leases.ts'
import { giveUp, markSilent } from './silence.ts'

export interface WatchContext {
  store: Store
  leases: Leases
  fleet: CadenceSettings
  /** Whether the server itself is connected to the broker. */
  connected(): boolean
  /** How long beyond the lease a task waits for its runner, where its template does not say. */
  graceMs: number
  clock: Clock
  log: Log
  signal: AbortSignal
}

/** Runs until `signal` aborts. */
export async function watchSilence(context: WatchContext): Promise<void> {
  const { store, leases, fleet, connected, clock, log, signal } = context
  const lookMs = Math.ceil(cadenceOf(0, fleet).heartbeatMs / 2)
  try {
    // A large fleet needs its time to come back, and its runners speak as rarely as they were told.
    leases.restart(cadenceOf(await countRunners(store.read), fleet))
    // Runners that went while no server was there are waited for as long as all others.
    for (const runner of (await heldByRunner(store.read)).keys()) leases.expect(runner)
  } catch (error) {
    log.error('runners with tasks not read', { reason: lineOf(error) })
  }
  const hearing = new Hearing({ store, leases, connected, everyMs: lookMs, clock })
  while (!signal.aborted) {
    await clock.sleep(lookMs, signal).catch(() => {})
    if (signal.aborted) return
    if (hearing.isGood()) await look(context, hearing)
  }
}

/** Ends as soon as nobody could be heard for a while: whom it has not come to is waited for anew. */
async function look(context: WatchContext, hearing: Hearing): Promise<void> {
  const { leases } = context
  for (const runner of leases.lapsed()) {
    await lapse(context, runner)
    if (!hearing.isGood()) return
  }
  for (const [runner, silentMs] of leases.silent()) {
    await endGrace(context, runner, silentMs)
    if (!hearing.isGood()) return
  }
}

async function lapse({ store, leases, clock, log }: WatchContext, runner: number): Promise<void> {
  log.warn('runner silent', { runner })
  try {
    await store.commit((tx) => markSilent(tx, runner, clock.now()))
  } catch (error) {
    log.error('silent runner still counts as online', { runner, reason: lineOf(error) })
    leases.heard(runner)
  }
}

async function endGrace(context: WatchContext, runner: number, silentMs: number): Promise<void> {
  const { store, leases, graceMs, clock, log } = context
  try {
    const now = clock.now()
    const waits = await store.commit((tx) => giveUp(tx, runner, { silentMs, graceMs, now }))
    if (!waits) leases.settle(runner)
  } catch (error) {
    log.error('tasks of a silent runner not given up', { runner, reason: lineOf(error) })
  }
}
