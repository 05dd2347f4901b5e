/**
 * Asks every runner to say hello, after each connect to the broker. Runners of an external broker stay
 * connected while the server is away: what they said meanwhile is lost, and they would not know.
 */
import type { Postbox } from '../broker/postbox.ts'
import { lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Store } from './store/open.ts'
import { listRunners } from './store/runners.ts'

export interface RollCallContext {
  store: Store
  postbox: Postbox
  log: Log
}

/** Never throws: a runner that is not asked speaks within its heartbeat anyway. */
export async function callRoll({ store, postbox, log }: RollCallContext): Promise<void> {
  try {
    for (const { id } of await listRunners(store.read)) {
      postbox.tasks(id, { v: 1, kind: 'identify' })
    }
  } catch (error) {
    log.warn('runners not asked to say hello', { reason: lineOf(error) })
  }
}
