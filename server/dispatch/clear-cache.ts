import type { Tx } from '../store/commit.ts'
import { type RunnerRow, updateRunner } from '../store/runners.ts'

/**
 * Asks a runner to clear its cache. A durable wish: each welcome repeats it until the runner says that
 * it has; `identify` makes one that is there now ask for its welcome. Two wishes for different projects
 * are one for all.
 * @param project only what it keeps of this one
 */
export async function clearCache(
  tx: Tx,
  { id: runner, cleaning_requested: before, cleaning_project }: RunnerRow,
  { project, now }: { project: number | null; now: number },
): Promise<void> {
  const same = before === null || cleaning_project === project
  await updateRunner(tx, runner, {
    // Names the wish: it must differ from the last one.
    cleaning_requested: Math.max(now, (before ?? 0) + 1),
    cleaning_project: same ? project : null,
  })
  tx.emit({ kind: 'identify', runner })
}
