/**
 * D11: a job that goes on only by a person's word. The word is a row first, and is said again at each
 * hello and every 10 s until the runner says that it was heard. Pure.
 */
import { type Confirmation, isFinal, mayBecome, type TaskStatus } from '../../broker/states.ts'
import { begin, move } from './moves.ts'
import { type AttemptView, type Decision, type Effect, isCurrent, type View } from './views.ts'

const nothing: Decision = { effects: [] }

/** The job asks. What was answered before is said again. */
export function onWaiting(view: View): Decision {
  if (!isCurrent(view) || isFinal(view.task.status)) {
    return { effects: [{ kind: 'cancel', force: true }] }
  }
  if (view.attempt.confirmation !== '') return { effects: answersOf(view.attempt) }
  const begun = begin(view)
  const status = begun.task?.status ?? view.task.status
  return {
    ...(mayBecome(status, 'waiting_confirmation')
      ? { task: { status: 'waiting_confirmation' } }
      : begun.task && { task: begun.task }),
    attempt: { ...begun.attempt, confirmation: 'open' },
    effects: [],
  }
}

/** The runner has heard the yes. */
export function onResumed(view: View): Decision {
  if (!isCurrent(view) || view.attempt.confirmation !== 'confirmed') return nothing
  return {
    ...(view.task.status === 'confirmed' ? { task: move(view.task, 'running') } : {}),
    attempt: { confirmation: 'resumed' },
    effects: [],
  }
}

/**
 * A person's word; also while the runner is away, which then hears it when it is back.
 * @returns undefined if the task does not wait for it
 */
export function decideAnswer(
  view: View,
  answer: Extract<Confirmation, 'confirmed' | 'rejected'>,
): Decision | undefined {
  if (!isCurrent(view) || isFinal(view.task.status) || view.task.cancel !== '') return undefined
  const { task, attempt } = view
  if (attempt.confirmation === answer) return nothing
  if (attempt.confirmation === 'resumed' && answer === 'confirmed') return nothing
  if (attempt.confirmation !== 'open') return undefined
  return {
    ...(task.status === 'waiting_confirmation' ? { task: move(task, answer) } : {}),
    attempt: { confirmation: answer },
    effects: answersOf({ confirmation: answer }),
  }
}

/** What is still to be said to the runner. */
export function answersOf({ confirmation }: Pick<AttemptView, 'confirmation'>): Effect[] {
  if (confirmation === 'confirmed') return [{ kind: 'confirm' }]
  return confirmation === 'rejected' ? [{ kind: 'reject' }] : []
}

/** How a task stands whose attempt runs. */
export function statusOf({ phase, confirmation }: AttemptView): TaskStatus {
  if (phase !== 'started') return 'starting'
  if (confirmation === 'open') return 'waiting_confirmation'
  return confirmation === 'confirmed' || confirmation === 'rejected' ? confirmation : 'running'
}
