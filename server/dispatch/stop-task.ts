import { isFinal } from '../../broker/states.ts'
import { AppError } from '../../lib/errors.ts'
import { decideStop } from '../core/wish.ts'
import { loadCurrentView, saveDecision } from '../store/attempts.ts'
import { type Also, nothingElse, type Tx } from '../store/commit.ts'
import type { Store } from '../store/open.ts'
import { openTasksOf } from '../store/tasks.ts'

export interface Stop {
  /** Kill at once. */
  force: boolean
  now: number
}

/**
 * D8: writes the wish to stop, and tells the runner after the commit. Stopping what is over changes
 * nothing. @param also what belongs to a stop that changes something @throws AppError `not_found`.
 */
export async function stopTask(
  store: Store,
  task: number,
  how: Stop,
  also: Also = nothingElse,
): Promise<void> {
  await store.commit((tx) => stop(tx, task, how, also))
}

/** As `stopTask`, of all tasks of a template that are not over. @param also for each of them */
export async function stopTasksOf(
  store: Store,
  template: number,
  how: Stop,
  also: (task: number) => Also,
): Promise<void> {
  await store.commit(async (tx) => {
    for (const task of await openTasksOf(tx.db, template)) await stop(tx, task, how, also(task))
  })
}

async function stop(tx: Tx, task: number, { force, now }: Stop, also: Also): Promise<void> {
  const view = await loadCurrentView(tx.db, task)
  if (view === undefined) throw new AppError('not_found', `task ${task}: not found`)
  const decision = decideStop(view, force)
  await saveDecision(tx, view, decision, now)
  if (!isFinal(view.task.status)) await also(tx)
  for (const effect of decision.effects) {
    if (effect.kind !== 'cancel' || view.attempt === undefined) continue
    const { attempt, runner } = view.attempt
    tx.emit({ kind: 'cancel', task, attempt, runner, force: effect.force })
  }
}
