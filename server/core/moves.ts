/** How a task comes from one status to another. */
import type { ResultBody } from '../../broker/messages.ts'
import { type FinalStatus, mayBecome, type TaskStatus } from '../../broker/states.ts'
import type { Decision, TaskView, View } from './views.ts'

/** The first sign of life of a granted attempt: `started` itself, or a chunk that overtook it. */
export function begin({ task, attempt }: View): Pick<Decision, 'task' | 'attempt'> {
  if (attempt?.phase !== 'claimed' && attempt?.phase !== 'offered') return {}
  const running =
    task !== undefined && task.attempt === attempt.attempt && mayBecome(task.status, 'running')
  return {
    ...(running ? { task: { status: 'running' } } : {}),
    attempt: { phase: 'started' },
  }
}

/** Ends a task; the one way into a final status from an event of its runner. */
export function finish(
  task: TaskView,
  status: FinalStatus,
  reason: string | null,
  result: ResultBody | null,
): Pick<Decision, 'task' | 'ending'> {
  return { task: move(task, status), ending: { status, reason, result } }
}

/** The one place that changes a status: a transition outside the table is a fault of this program. */
export function move(task: TaskView, to: TaskStatus): { status: TaskStatus } {
  if (!mayBecome(task.status, to)) {
    throw new Error(
      `task ${task.id}: expected a transition of the table, got ${task.status} -> ${to}`,
    )
  }
  return { status: to }
}
