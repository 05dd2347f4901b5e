/** What waits for a person since the database was put back, and what can be decided of it. */
import { whyNotAdopt } from '../core/recovery.ts'
import { loadView } from '../store/attempts.ts'
import type { Knex } from '../store/owned.ts'
import { heldTasks, type ReviewedAttempt, reviewedAttempts } from '../store/reviews.ts'
import { lastRestore, type StartRow } from '../store/starts.ts'
import type { TaskRow } from '../store/tasks.ts'

export interface Review {
  /** The last start that found the database to be an old one. */
  restore: StartRow | undefined
  attempts: (ReviewedAttempt & { notAdoptable: string | undefined })[]
  tasks: TaskRow[]
}

export async function readReview(db: Knex): Promise<Review> {
  const rows = await reviewedAttempts(db, { given_up: false })
  const attempts = rows.map(async (row) => {
    return { ...row, notAdoptable: await reasonAgainst(db, row) }
  })
  return {
    restore: await lastRestore(db),
    attempts: await Promise.all(attempts),
    tasks: await heldTasks(db),
  }
}

/** Why an attempt cannot be adopted; undefined if it can. */
export async function reasonAgainst(
  db: Knex,
  { task_id: task, attempt, runner_id, same_task: sameTask }: ReviewedAttempt,
): Promise<string | undefined> {
  const view = await loadView(db, task, attempt)
  return whyNotAdopt({ task, attempt, sameTask }, runner_id, view)
}
