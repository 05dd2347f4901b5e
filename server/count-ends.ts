/** Counts how tasks end, for the metrics: the table of all tasks is too long to be counted each time. */
import { isFinal } from '../broker/states.ts'
import type { Counters } from '../lib/counters.ts'
import type { Store } from './store/open.ts'

export function countEnds({ changes }: Store, counters: Counters, signal: AbortSignal): void {
  changes.listen((change) => {
    if (change.kind !== 'task' || !isFinal(change.status)) return
    counters.add('tasks_finished_total', change.status)
  }, signal)
}
