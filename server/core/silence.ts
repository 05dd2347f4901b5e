/**
 * D7: a runner that says nothing. First its tasks show `unreachable`, which is not final: only the
 * runner knows how they stand. After the grace the template's policy decides. Pure.
 */
import { isFinal } from '../../broker/states.ts'
import { statusOf } from './confirmation.ts'
import { move } from './moves.ts'
import { type Decision, isCurrent, type View } from './views.ts'
import { decideLost, decideWithdraw } from './wish.ts'

export type SilencePolicy = 'fail' | 'wait' | 'requeue'

/** What the template says. */
export interface SilenceRules {
  policy: SilencePolicy
  /** Without this a requeue is a fail: the earlier attempt may have run, may run still. */
  idempotent: boolean
  maxRequeues: number
}

const nothing: Decision = { effects: [] }

/** The lease is over. A stop that waits for its runner goes on waiting, and is shown as that. */
export function decideUnreachable(view: View): Decision {
  if (!isCurrent(view)) return nothing
  if (view.attempt.phase === 'offered') return decideWithdraw(view)
  const { status } = view.task
  if (isFinal(status) || status === 'stopping' || status === 'unreachable') return nothing
  return { task: move(view.task, 'unreachable'), effects: [] }
}

/** It speaks again: the task is what it was. */
export function decideReachable(view: View): Decision {
  if (!isCurrent(view) || view.task.status !== 'unreachable') return nothing
  return { task: move(view.task, statusOf(view.attempt)), effects: [] }
}

/** The grace is over too. A late result of the attempt is kept as evidence and changes nothing. */
export function decideSilent(view: View, rules: SilenceRules): Decision {
  if (!isCurrent(view) || isFinal(view.task.status) || rules.policy === 'wait') return nothing
  const { task, attempt } = view
  const again =
    rules.policy === 'requeue' &&
    rules.idempotent &&
    task.cancel === '' &&
    task.requeues < rules.maxRequeues
  if (!again) return decideLost(view, `runner ${attempt.runner} stopped responding`)
  return {
    task: { ...move(task, 'waiting'), runner: null, requeues: task.requeues + 1 },
    attempt: { phase: 'lost' },
    effects: [],
  }
}
