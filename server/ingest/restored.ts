/** That the database was put back from a backup is written down, and what may have run since is held. */
import { decideWithdraw } from '../core/wish.ts'
import { loadView, saveDecision } from '../store/attempts.ts'
import type { Tx } from '../store/commit.ts'
import { holdWaiting, offersUpTo } from '../store/reviews.ts'
import { addFound, lastRestore } from '../store/starts.ts'
import { lastTaskNumber } from '../store/task-numbers.ts'

export interface Proof {
  /** Lines for a person. */
  found: readonly string[]
  /** Tasks up to this one may have run in the time that is lost. */
  upTo: number
  /** It is known already: what waited then is held, or decided on. */
  known: boolean
  now: number
}

const mayHaveRun = 'it waited when the backup was made: it may have run since'

export async function noteRestored(tx: Tx, { found, upTo, known, now }: Proof): Promise<void> {
  const held = known ? 0 : await holdAll(tx, upTo, now)
  await addFound(tx, found, { known, now })
  tx.emit({ kind: 'restored', found, held })
}

/** What one attempt says proves it. By the hello of its runner it would have been known before. */
export async function noteWord(tx: Tx, found: string, now: number): Promise<void> {
  const known = (await lastRestore(tx.db)) !== undefined
  await noteRestored(tx, { found: [found], upTo: await lastTaskNumber(tx.db), known, now })
}

/** What is on offer as well: a claim of it is not granted any more. */
async function holdAll(tx: Tx, upTo: number, now: number): Promise<number> {
  for (const { task, attempt } of await offersUpTo(tx.db, upTo)) {
    const view = await loadView(tx.db, task, attempt)
    await saveDecision(tx, view, decideWithdraw(view), now)
  }
  return await holdWaiting(tx, { upTo }, mayHaveRun)
}
