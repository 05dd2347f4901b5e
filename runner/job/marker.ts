/**
 * The mark that every process of an attempt inherits in its environment, by which it is found
 * wherever it has gone: `<task>.<attempt>.<stamp of the runner>.<nonce>`.
 */
import type { Job } from '../../broker/job.ts'
import { nonce } from '../../lib/ids.ts'
import { ownerStamp } from './owner.ts'

export const markerName = 'OUTSTATION_ATTEMPT'

export function newMarker({ task }: Job): string {
  return `${task.id}.${task.attempt}.${ownerStamp}.${nonce()}`
}
