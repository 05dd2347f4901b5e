/** In the server's own log: what proves that the database was put back, and when all of it is decided. */
import type { Log } from '../lib/log.ts'
import type { Store } from './store/open.ts'

export function tellRecovery({ changes }: Store, log: Log, signal: AbortSignal): void {
  changes.listen((change) => {
    if (change.kind === 'reviewed')
      log.info('all is decided that waited since the database was put back')
    if (change.kind !== 'restored') return
    const { found, held } = change
    const text = 'the database was put back from a backup; see `outstation recovery show`'
    for (const line of found) log.warn(text, { found: line, held_tasks: held })
  }, signal)
}
