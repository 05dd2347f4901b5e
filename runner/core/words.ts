/** What the machine says and makes, as values: kept out of step.ts so that the steps read as rules. */
import { createHash } from 'node:crypto'
import type { Hello, KnownAttempt, ResultBody } from '../../broker/messages.ts'
import { grantWithinAtMostMs, grantWithinMs, lateAtMost } from './late.ts'
import type { HeldAttempt, RunnerFacts, RunnerState } from './state.ts'

export function helloOf(
  { boot, version, installation, os, startedAt, maxParallelTasks }: RunnerFacts,
  nonce: string,
  state: RunnerState,
): Hello {
  const { attempts, reached } = state
  return {
    v: 1,
    kind: 'hello',
    nonce,
    boot,
    version,
    max_parallel_tasks: maxParallelTasks,
    ...willingness(state),
    ...(installation && { installation }),
    ...(os !== undefined && { os }),
    ...(startedAt !== undefined && { started_at: startedAt }),
    attempts: [...attempts.values()].map(
      ({ task, attempt, phase }): KnownAttempt => ({ task, attempt, phase }),
    ),
    reached,
  }
}

/** Whether it takes something new; and why not, if it would like to. */
export function willingness({ accepting, trouble, shortage }: RunnerState) {
  const reason = trouble ?? shortage
  return { accepting: accepting && reason === null, ...(reason !== null && { reason }) }
}

export function acceptedAttempt(task: number, attempt: number): HeldAttempt {
  return {
    task,
    attempt,
    phase: 'accepted',
    claim: 0,
    claimedAt: Number.NEGATIVE_INFINITY,
    patienceMs: grantWithinMs,
    late: 0,
    confirmation: '',
    forgotten: false,
    inReview: false,
    owed: undefined,
  }
}

/** The result of an attempt that was cancelled before its START: nothing ran, the log is empty. */
export const neverStarted: ResultBody = {
  outcome: 'cancelled',
  exit_code: null,
  signal: null,
  reason: 'cancelled before it started',
  commit_hash: null,
  commit_message: null,
  chunks: 0,
  dropped: 0,
  bytes: 0,
  sha256: createHash('sha256').digest('hex'),
}

/** Nothing ran: what there was to run did not get through. */
export const neverArrived: ResultBody = {
  ...neverStarted,
  outcome: 'failed',
  reason: `its job did not arrive within ${grantWithinAtMostMs / 60_000} minutes, ${lateAtMost} times: it is too large for this runner's link; make its inventory smaller`,
}

/** Nothing ran: what came was not the word of its server. @param why one line */
export function notBelieved(why: string): ResultBody {
  return { ...neverStarted, outcome: 'failed', reason: `its runner refused the job: ${why}` }
}
