import { decideLost } from '../core/wish.ts'
import { liveViews, saveDecision } from '../store/attempts.ts'
import { type Also, nothingElse } from '../store/commit.ts'
import type { Store } from '../store/open.ts'
import { deleteRunner } from '../store/runners.ts'

/**
 * Removes a runner: what it was only offered goes back to the queue, what it runs ends with the reason.
 * The caller takes its credentials back after this.
 */
export async function removeRunner(
  store: Store,
  id: number,
  now: number,
  also: Also = nothingElse,
): Promise<void> {
  await store.commit(async (tx) => {
    for (const view of await liveViews(tx.db, id)) {
      await saveDecision(tx, view, decideLost(view, `runner ${id} was removed`), now)
    }
    await deleteRunner(tx, id)
    await also(tx)
  })
}
