import type { ResultBody } from '../../broker/messages.ts'
import type { Summary } from '../../broker/summary.ts'

/** How a job ended, before the log's length and digest make it a result (D5). */
export type JobEnd = Pick<
  ResultBody,
  'outcome' | 'exit_code' | 'signal' | 'reason' | 'commit_hash' | 'commit_message'
> & { summary?: Summary }

/** Why a running job is to end, as the reason of its AbortSignal; the first cause wins. */
export interface CancelCause {
  /** KILL at once instead of TERM, grace, KILL. May turn true during the grace: force after a stop. */
  force: boolean
}
