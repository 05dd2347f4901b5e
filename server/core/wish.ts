/** What people and the loss of a runner do to a task: stop it, take its offer back, give it up. */
import { isFinal } from '../../broker/states.ts'
import { finish, move } from './moves.ts'
import { type Decision, isCurrent, type TaskView, type View } from './views.ts'

/**
 * D8: stop. What was never granted is over at once, since nothing can have started. What was granted
 * waits for the word of its runner, unless `force`: then the task ends now and the runner is chased on.
 */
export function decideStop(view: View & { task: TaskView }, force: boolean): Decision {
  const { task, attempt } = view
  if (isFinal(task.status)) return { effects: [] }
  if (!isCurrent(view)) return { ...finish(task, 'stopped', null, null), effects: [] }
  if (attempt?.phase === 'offered') {
    return {
      ...finish(task, 'stopped', null, null),
      attempt: { phase: 'withdrawn' },
      effects: [{ kind: 'cancel', force: true }],
    }
  }
  const effects = [{ kind: 'cancel', force }] as const
  if (force) {
    const { ending, task: moved } = finish(task, 'stopped', 'stopped by force', null)
    return {
      task: { ...moved, cancel: 'kill' },
      ...(ending ? { ending } : {}),
      effects: [...effects],
    }
  }
  const stopping = task.status === 'stopping' ? {} : move(task, 'stopping')
  return { task: { ...stopping, cancel: task.cancel || 'term' }, effects: [...effects] }
}

/** An offer whose runner went away before it was granted: back to the queue, for any runner. */
export function decideWithdraw(view: View): Decision {
  if (!isCurrent(view) || view.attempt.phase !== 'offered') return { effects: [] }
  return {
    task: { ...move(view.task, 'waiting'), runner: null },
    attempt: { phase: 'withdrawn' },
    effects: [],
  }
}

/** An attempt that will never report: its runner was removed, or lost its state folder. */
export function decideLost(view: View, why: string): Decision {
  if (view.attempt?.phase === 'offered') return decideWithdraw(view)
  if (!isCurrent(view) || isFinal(view.task.status)) {
    return { attempt: { phase: 'lost' }, effects: [] }
  }
  const status = view.task.cancel === '' ? 'error' : 'stopped'
  return { ...finish(view.task, status, why, null), attempt: { phase: 'lost' }, effects: [] }
}
