/**
 * The server's machine of attempts: (view, event) -> decision. Pure, so that a simulator can drive it
 * through any order of messages, crashes and lost writes. Rules D2 to D5 of docs/delivery.md.
 */
import type { ResultBody, StateMessage } from '../../broker/messages.ts'
import { type FinalStatus, isFinal } from '../../broker/states.ts'
import { onResumed, onWaiting } from './confirmation.ts'
import { begin, finish, move } from './moves.ts'
import { type AttemptView, type Decision, isCurrent, type View } from './views.ts'

type Claim = Extract<AttemptEvent, { kind: 'claim' }>
type Refusal = Pick<Extract<StateMessage, { kind: 'refuse' }>, 'reason' | 'highest'>

export type AttemptEvent =
  | { kind: 'claim'; claim: number; session: number }
  | ({ kind: 'refuse' } & Refusal)
  | { kind: 'started' }
  | { kind: 'waiting' }
  | { kind: 'resumed' }
  | { kind: 'chunk'; seq: number; bytes: number }
  /** `stored` is the SHA-256 of the log as it is in the database, hex. */
  | { kind: 'result'; result: ResultBody; stored: string }

export function decide(view: View, event: AttemptEvent): Decision {
  switch (event.kind) {
    case 'claim':
      return onClaim(view, event)
    case 'refuse':
      return onRefuse(view, event)
    case 'started':
      return onStarted(view)
    case 'waiting':
      return onWaiting(view)
    case 'resumed':
      return onResumed(view)
    case 'chunk':
      return onChunk(view, event.seq, event.bytes)
    case 'result':
      return onResult(view, event.result, event.stored)
    default:
      return event satisfies never
  }
}

/** D2, D3: a claim of the current attempt is granted; each other one is told to end. */
function onClaim(view: View, { claim, session }: Claim): Decision {
  if (!isCurrent(view) || isFinal(view.task.status)) return ended(true)
  const { task, attempt } = view
  if (attempt.phase === 'started' || attempt.phase === 'ended') return nothing
  if (task.cancel !== '') return ended(task.cancel === 'kill')
  return { attempt: { phase: 'claimed', claim }, effects: [{ kind: 'grant', claim, session }] }
}

/**
 * An offer that was not taken goes back to the queue: it was never granted, so nothing ran. But where
 * its number was seen before, an earlier life of this database has used it, and the task may have run.
 */
function onRefuse(view: View, { reason, highest = 0 }: Refusal): Decision {
  if (!isCurrent(view) || view.attempt.phase !== 'offered') return nothing
  const attempt = { phase: 'withdrawn' } as const
  const task = { ...move(view.task, 'waiting'), runner: null }
  if (reason !== 'stale') return { task, attempt, pauseRunner: true, effects: [] }
  const seen = Math.max(view.task.attempt, highest)
  const held = `runner ${view.attempt.runner} has seen attempt ${seen} before: it may have run`
  const found = `runner ${view.attempt.runner} has seen attempt ${seen} of task ${view.task.id} before`
  return { task: { ...task, attempt: seen, held }, attempt, found, effects: [] }
}

function onStarted(view: View): Decision {
  if (!isCurrent(view) || isFinal(view.task.status)) {
    return { ...begin(view), effects: [{ kind: 'cancel', force: true }] }
  }
  return { ...begin(view), effects: [] }
}

/** D4: strictly in order; anything else is answered with where the log really stands. */
function onChunk(view: View, seq: number, bytes: number): Decision {
  const { attempt } = view
  if (attempt === undefined) return ended(true)
  const { nextSeq } = attempt
  if (seq !== nextSeq || attempt.result !== null) {
    return { effects: [{ kind: 'log-ack', nextSeq }] }
  }
  const begun = begin(view)
  return {
    ...begun,
    attempt: { ...begun.attempt, nextSeq: nextSeq + 1, bytes: attempt.bytes + bytes },
    append: true,
    effects: [{ kind: 'log-ack', nextSeq: nextSeq + 1 }],
  }
}

/** D5: accepted once, and only with the whole log; of a superseded attempt it is kept as evidence. */
function onResult(view: View, result: ResultBody, stored: string): Decision {
  const { attempt } = view
  if (attempt === undefined || attempt.result !== null) return { effects: [{ kind: 'result-ack' }] }
  const whole =
    attempt.nextSeq === result.chunks && attempt.bytes === result.bytes && stored === result.sha256
  if (!whole && attempt.nextSeq < result.chunks && attempt.nextSeq >= result.dropped) {
    return { effects: [{ kind: 'log-ack', nextSeq: attempt.nextSeq }] }
  }
  if (!whole && mayResend(attempt, result)) return resendLog(attempt)
  const stays = !isCurrent(view) || isFinal(view.task.status)
  return {
    ...(stays ? {} : finish(view.task, ...verdictOf(result, whole), result)),
    attempt: { phase: isGivenUp(attempt) ? attempt.phase : 'ended', result },
    effects: [{ kind: 'result-ack' }],
  }
}

/** For good: a result that comes after all does not make it one that ended, and is evidence by that. */
function isGivenUp({ phase }: AttemptView): boolean {
  return phase === 'withdrawn' || phase === 'lost'
}

/** Once, and never when the runner holds less than we do: then ours is the better copy. */
function mayResend(attempt: AttemptView, result: ResultBody): boolean {
  return attempt.logResets === 0 && result.dropped === 0 && result.chunks === attempt.nextSeq
}

function resendLog(attempt: AttemptView): Decision {
  return {
    attempt: { nextSeq: 0, bytes: 0, logResets: attempt.logResets + 1 },
    resetLog: true,
    effects: [{ kind: 'log-ack', nextSeq: 0 }],
  }
}

function verdictOf(
  result: ResultBody,
  whole: boolean,
): [status: FinalStatus, reason: string | null] {
  if (!whole) return ['error', `log damaged: it differs from the runner's; ${result.reason ?? ''}`]
  const status = {
    succeeded: 'success',
    failed: 'error',
    interrupted: 'error',
    cancelled: 'stopped',
  }
  return [status[result.outcome] as FinalStatus, result.reason]
}

const nothing: Decision = { effects: [] }

function ended(force: boolean): Decision {
  return { effects: [{ kind: 'cancel', force }] }
}
