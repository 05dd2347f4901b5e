/** A person decides on what waits since the database was put back. */
import { AppError } from '../../lib/errors.ts'
import { decideAdopt, decideDismiss, decideRelease } from '../core/recovery.ts'
import type { View } from '../core/views.ts'
import { livePhases, loadCurrentView, saveDecision } from '../store/attempts.ts'
import { type Also, nothingElse, type Tx } from '../store/commit.ts'
import type { Store } from '../store/open.ts'
import {
  adoptAttempt,
  deleteReviewed,
  heldTasks,
  highestReviewed,
  isInReview,
  type ReviewedAttempt,
  reviewedAttempts,
  updateReviewed,
} from '../store/reviews.ts'
import { reasonAgainst } from './review.ts'

/**
 * Of an attempt that a runner has: adopt, it is the task's own; forget, the runner drops it. Of a task
 * that is held: release, it may run; cancel, it ends as stopped.
 */
export const verdicts = ['adopt', 'forget', 'release', 'cancel'] as const
export type ReviewVerdict = (typeof verdicts)[number]

/** What is meant; without a task all that the verdict can be said of. */
export interface Chosen {
  task?: number | undefined
  attempt?: number | undefined
  runner?: number | undefined
}

export interface Settled {
  decided: number
  /** One line for each that could not be decided so. */
  left: string[]
}

/** @throws AppError `not_found` if nothing that was named waits, `conflict` if it cannot be decided so */
export async function settleReview(
  store: Store,
  verdict: ReviewVerdict,
  chosen: Chosen,
  now: number,
  also: Also<Settled> = nothingElse,
): Promise<Settled> {
  return await store.commit(async (tx) => {
    const ofTasks = verdict === 'release' || verdict === 'cancel'
    const settled = ofTasks
      ? await settleTasks(tx, verdict, chosen, now)
      : await settleAttempts(tx, verdict, chosen, now)
    const [reason] = settled.left
    if (chosen.task !== undefined && settled.decided === 0) {
      if (reason !== undefined) throw new AppError('conflict', reason)
      throw new AppError('not_found', `${nameOf(chosen, ofTasks)}: does not wait for a review`, {
        fix: 'see what does with `outstation recovery show`',
      })
    }
    if (settled.decided > 0 && !(await isInReview(tx.db))) tx.emit({ kind: 'reviewed' })
    if (settled.decided > 0) await also(tx, settled)
    return settled
  })
}

async function settleTasks(
  tx: Tx,
  verdict: 'release' | 'cancel',
  { task }: Chosen,
  now: number,
): Promise<Settled> {
  const held = (await heldTasks(tx.db)).filter(({ id }) => task === undefined || id === task)
  for (const { id } of held) {
    const view = await loadCurrentView(tx.db, id)
    if (view === undefined) continue
    const decision =
      verdict === 'cancel'
        ? decideDismiss(view.task)
        : decideRelease(view.task, await highestReviewed(tx.db, id))
    await saveDecision(tx, view, decision, now)
  }
  return { decided: held.length, left: [] }
}

async function settleAttempts(
  tx: Tx,
  verdict: 'adopt' | 'forget',
  chosen: Chosen,
  now: number,
): Promise<Settled> {
  const { task: task_id, attempt, runner: runner_id } = chosen
  const named = Object.entries({ task_id, attempt, runner_id }).filter(
    ([, value]) => value !== undefined,
  )
  const rows = await reviewedAttempts(tx.db, { given_up: false, ...Object.fromEntries(named) })
  const left: string[] = []
  for (const row of rows) {
    const reason =
      verdict === 'adopt'
        ? await adopt(tx, row, now)
        : await updateReviewed(tx, row, { given_up: true })
    if (reason) left.push(reason)
    else tx.emit({ kind: 'identify', runner: row.runner_id })
  }
  return { decided: rows.length - left.length, left }
}

/** @returns why it cannot be, or undefined once it is */
async function adopt(tx: Tx, row: ReviewedAttempt, now: number): Promise<string | undefined> {
  const { task_id: task, attempt, runner_id: runner, phase } = row
  const reason = await reasonAgainst(tx.db, row)
  const view = await loadCurrentView(tx.db, task)
  if (reason !== undefined || view === undefined) return reason
  const adoption = decideAdopt(view.task, runner, { task, attempt, phase })
  await endFormer(tx, view, now)
  await saveDecision(tx, view, adoption.decision, now)
  await adoptAttempt(tx, adoption.attempt, now)
  await deleteReviewed(tx, row)
  return undefined
}

/** What was the task's attempt until now, and perhaps runs: it is told to end. */
async function endFormer(tx: Tx, { attempt }: View, now: number): Promise<void> {
  if (attempt === undefined || !livePhases.includes(attempt.phase)) return
  const lost = { attempt: { phase: 'lost' as const }, effects: [] }
  await saveDecision(tx, { task: undefined, attempt }, lost, now)
  const { task, runner } = attempt
  tx.emit({ kind: 'cancel', task, attempt: attempt.attempt, runner, force: true })
}

function nameOf({ task, attempt, runner }: Chosen, ofTasks: boolean): string {
  if (ofTasks) return `task ${task}`
  const which = attempt === undefined ? 'any attempt' : `attempt ${attempt}`
  return `${which} of task ${task}${runner === undefined ? '' : ` on runner ${runner}`}`
}
