/** Ends the alarm `cloned` when the other one of two with one token has not come back for long enough. */
import type { Clock } from '../../lib/clock.ts'
import { lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { clearAlarm, quietAlarms } from '../store/alarms.ts'
import type { Store } from '../store/open.ts'

/** A clone that was declined comes back every ten minutes: three times without it is enough, ms. */
export const quietMs = 30 * 60_000
const lookMs = 60_000

export interface ClonesContext {
  store: Store
  clock: Clock
  log: Log
  signal: AbortSignal
}

/** Runs until `signal` aborts. */
export async function watchClones({ store, clock, log, signal }: ClonesContext): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(lookMs, signal).catch(() => {})
    if (signal.aborted) return
    try {
      const now = clock.now()
      for (const runner of await quietAlarms(store.read, 'cloned', now - quietMs)) {
        await store.commit((tx) => clearAlarm(tx, runner, 'cloned', now))
      }
    } catch (error) {
      log.warn('alarms of clones not looked through', { reason: lineOf(error) })
    }
  }
}
