/** An alarm in the server's own log: a line when it comes up and one when it is over, none between. */
import type { Log } from '../lib/log.ts'
import type { Store } from './store/open.ts'

export function tellAlarms({ changes }: Store, log: Log, signal: AbortSignal): void {
  changes.listen((change) => {
    if (change.kind !== 'alarm') return
    const { runner, alarm, text } = change
    if (text === null) log.info('runner alarm over', { runner, alarm })
    else log.warn('runner alarm', { runner, alarm, text })
  }, signal)
}
