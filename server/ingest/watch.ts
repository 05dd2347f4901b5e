/** Watches the silence of runners: the lease first, then the grace (D7). Its only loop sleeps. */
import type { Clock } from '../../lib/clock.ts'
import { lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { heldByRunner } from '../store/attempts.ts'
import type { Store } from '../store/open.ts'
import type { Leases } from './leases.ts'
import { giveUp, markSilent } from './silence.ts'

export interface WatchContext {
  store: Store
  leases: Leases
  /** How often it looks. */
  lookMs: number
  /** How long beyond the lease a task waits for its runner, where its template does not say. */
  graceMs: number
  clock: Clock
  log: Log
  signal: AbortSignal
}

/** Runs until `signal` aborts. */
export async function watchSilence(context: WatchContext): Promise<void> {
  const { store, leases, lookMs, clock, log, signal } = context
  try {
    // Runners that went while no server was there are waited for as long as all others.
    for (const runner of (await heldByRunner(store.read)).keys()) leases.heard(runner)
  } catch (error) {
    log.error('runners with tasks not read', { reason: lineOf(error) })
  }
  while (!signal.aborted) {
    await clock.sleep(lookMs, signal).catch(() => {})
    if (signal.aborted) return
    // What runners say meanwhile cannot be stored; it is not they who are silent.
    if (store.paused !== undefined) continue
    for (const runner of leases.lapsed()) await lapse(context, runner)
    for (const [runner, silentMs] of leases.silent()) await endGrace(context, runner, silentMs)
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
    if (!waits) leases.forget(runner)
  } catch (error) {
    log.error('tasks of a silent runner not given up', { runner, reason: lineOf(error) })
  }
}
