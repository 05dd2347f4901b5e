/** Views and results for tables of the server's machine. */
import type { ResultBody } from '../../../broker/messages.ts'
import type { AttemptView, TaskView } from '../../../server/core/views.ts'

/** Task 7, whose current attempt is 2. */
export function taskView(change: Partial<TaskView> = {}): TaskView {
  return { id: 7, status: 'starting', attempt: 2, runner: 3, cancel: '', requeues: 0, ...change }
}

/** Attempt 2 of task 7, offered to runner 3. */
export function attemptView(change: Partial<AttemptView> = {}): AttemptView {
  return {
    task: 7,
    attempt: 2,
    runner: 3,
    phase: 'offered',
    claim: 0,
    nextSeq: 0,
    bytes: 0,
    logResets: 0,
    result: null,
    confirmation: '',
    ...change,
  }
}

/** Of a log of 4 chunks, 40 bytes, with the digest `aa`. */
export function resultBody(change: Partial<ResultBody> = {}): ResultBody {
  return {
    outcome: 'succeeded',
    exit_code: 0,
    signal: null,
    reason: null,
    commit_hash: null,
    commit_message: null,
    chunks: 4,
    dropped: 0,
    bytes: 40,
    sha256: 'aa',
    ...change,
  }
}
