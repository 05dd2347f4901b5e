import { isStrangeWord } from '../core/recovery.ts'
import type { View } from '../core/views.ts'
import type { Knex } from '../store/owned.ts'
import { reviewedAttempts } from '../store/reviews.ts'
import { lastTaskNumber } from '../store/task-numbers.ts'
import type { AttemptMessage } from './incoming.ts'

/**
 * Whether what an attempt says may be decided on as usual. What is in review is not answered at all;
 * what is strange proves that the database was put back, and the hello is to tell all of it.
 * @param view of its runner's own attempt
 */
export async function standingOf(
  db: Knex,
  { runner, task, attempt }: { runner: number; task: number; attempt: number },
  view: View,
  said: AttemptMessage,
): Promise<'known' | 'in review' | 'strange'> {
  // Nearly always: it is known, and was granted before it said anything.
  if (view.attempt !== undefined && view.attempt.phase !== 'withdrawn') return 'known'
  const [row] = await reviewedAttempts(db, { runner_id: runner, task_id: task, attempt })
  if (row !== undefined) return 'in review'
  return isStrangeWord(view, said, task, await lastTaskNumber(db)) ? 'strange' : 'known'
}
