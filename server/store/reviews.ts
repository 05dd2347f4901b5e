/** What waits for a person since the database was put back: tasks that are held, attempts that nobody gave out. */
import type { Knex } from 'knex'
import type { KnownAttempt } from '../../broker/messages.ts'
import type { AttemptView } from '../core/views.ts'
import type { Tx } from './commit.ts'
import type { TaskRow } from './tasks.ts'

export interface ReviewedAttempt {
  runner_id: number
  task_id: number
  attempt: number
  /** As the runner told it last. */
  phase: KnownAttempt['phase']
  /** Whether the task of that number is the one that the runner means. */
  same_task: boolean
  since: number
  /** The runner may drop it; the row stays until it has. */
  given_up: boolean
}

export type ReviewedName = Pick<ReviewedAttempt, 'runner_id' | 'task_id' | 'attempt'>

export async function reviewedAttempts(
  db: Knex,
  where: Partial<ReviewedAttempt> = {},
): Promise<ReviewedAttempt[]> {
  const rows = await db('reviewed_attempts')
    .where(where)
    .orderBy(['task_id', 'attempt', 'runner_id'])
  return rows.map((row) => ({
    ...row,
    same_task: Boolean(row.same_task),
    given_up: Boolean(row.given_up),
  }))
}

export async function insertReviewed({ db }: Tx, row: ReviewedAttempt): Promise<void> {
  await db('reviewed_attempts').insert(row)
}

export async function updateReviewed(
  { db }: Tx,
  { runner_id, task_id, attempt }: ReviewedName,
  change: Partial<Pick<ReviewedAttempt, 'phase' | 'given_up'>>,
): Promise<void> {
  await db('reviewed_attempts').where({ runner_id, task_id, attempt }).update(change)
}

export async function deleteReviewed(
  { db }: Tx,
  { runner_id, task_id, attempt }: ReviewedName,
): Promise<void> {
  await db('reviewed_attempts').where({ runner_id, task_id, attempt }).delete()
}

/** Makes an attempt, or makes it anew, that a person has taken over from a runner. */
export async function adoptAttempt(
  tx: Tx,
  { task, attempt, runner, phase }: Pick<AttemptView, 'task' | 'attempt' | 'runner' | 'phase'>,
  now: number,
): Promise<void> {
  const key = { task_id: task, attempt }
  await tx
    .db('attempts')
    .insert({ ...key, runner_id: runner, phase, offered: now })
    .onConflict(['task_id', 'attempt'])
    .merge(['phase'])
}

/** Offers that were not claimed yet, of tasks up to a number. */
export async function offersUpTo(
  db: Knex,
  task: number,
): Promise<{ task: number; attempt: number }[]> {
  return await db('attempts')
    .where({ phase: 'offered' })
    .andWhere('task_id', '<=', task)
    .select('task_id as task', 'attempt')
}

/** Tasks that a person is to decide on. */
export function heldTasks(db: Knex): Knex.QueryBuilder<TaskRow, TaskRow[]> {
  return db<TaskRow>('tasks')
    .whereNotNull('held')
    .whereIn('status', ['waiting', 'unreachable'])
    .orderBy('id')
}

/** The highest attempt of a task that is in review, 0 if none. */
export async function highestReviewed(db: Knex, task_id: number): Promise<number> {
  const [row] = await db('reviewed_attempts').where({ task_id }).max({ highest: 'attempt' })
  return Number(row?.highest ?? 0)
}

/** Whether anything waits for a person. */
export async function isInReview(db: Knex): Promise<boolean> {
  const attempt = await db('reviewed_attempts').where({ given_up: false }).first('task_id')
  return attempt !== undefined || (await heldTasks(db).first('id')) !== undefined
}

/** Holds what is in the queue: all up to a task number, or that one task. @returns how many */
export function holdWaiting(
  { db }: Tx,
  which: { upTo: number } | { task: number },
  why: string,
): Promise<number> {
  const tasks = db<TaskRow>('tasks').where({ status: 'waiting' })
  const chosen =
    'task' in which ? tasks.where('id', which.task) : tasks.where('id', '<=', which.upTo)
  return chosen.whereNull('held').update({ held: why })
}

/** The next attempt of a task in the queue gets a higher number than `attempt`. */
export async function skipAttempts({ db }: Tx, task: number, attempt: number): Promise<void> {
  await db<TaskRow>('tasks')
    .where({ id: task, status: 'waiting' })
    .andWhere('attempt', '<', attempt)
    .update({ attempt })
}
