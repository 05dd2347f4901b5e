import { AppError } from '../../lib/errors.ts'
import { decideAnswer } from '../core/confirmation.ts'
import { loadCurrentView, saveDecision } from '../store/attempts.ts'
import { type Also, nothingElse } from '../store/commit.ts'
import type { Store } from '../store/open.ts'

/**
 * Writes what a person says to a task that waits for a word, and tells the runner after the commit. To
 * say the same again changes nothing. @param also what belongs to an answer that counts @throws AppError `not_found`, `conflict` if it does not wait.
 */
export async function answerTask(
  store: Store,
  task: number,
  { answer, now }: { answer: 'confirmed' | 'rejected'; now: number },
  also: Also = nothingElse,
): Promise<void> {
  await store.commit(async (tx) => {
    const view = await loadCurrentView(tx.db, task)
    if (view === undefined) throw new AppError('not_found', `task ${task}: not found`)
    const decision = decideAnswer(view, answer)
    if (decision === undefined) {
      const { status } = view.task
      throw new AppError('conflict', `task ${task} is ${status}: it does not wait for a decision`)
    }
    await saveDecision(tx, view, decision, now)
    if (decision.effects.length === 0 || view.attempt === undefined) return
    await also(tx)
    const { attempt, runner } = view.attempt
    tx.emit({ kind: 'answer', task, attempt, runner, confirmed: answer === 'confirmed' })
  })
}
