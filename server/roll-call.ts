/**
 * Asks every runner to say hello, after each connect to the broker. Runners of an external broker stay
 * connected while the server is away: what they said meanwhile is lost, and they would not know.
 */
import type { Postbox } from '../broker/postbox.ts'
import type { Clock } from '../lib/clock.ts'
import { lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Store } from './store/open.ts'
import { listRunners } from './store/runners.ts'

export interface RollCallContext {
  store: Store
  postbox: Postbox
  /** A large fleet is not asked in one breath: so many may answer in a second. */
  perSec: number
  clock: Clock
  log: Log
  signal: AbortSignal
}

/** Asked in one breath. */
const breath = 20

/** Never throws: a runner that is not asked speaks within its heartbeat anyway. */
export async function callRoll(context: RollCallContext): Promise<void> {
  const { store, postbox, perSec, clock, log, signal } = context
  try {
    const runners = await listRunners(store.read)
    for (const [index, { id }] of runners.entries()) {
      if (index > 0 && index % breath === 0) await clock.sleep((1000 * breath) / perSec, signal)
      postbox.tasks(id, { v: 1, kind: 'identify' })
    }
  } catch (error) {
    if (!signal.aborted) log.warn('runners not asked to say hello', { reason: lineOf(error) })
  }
}
