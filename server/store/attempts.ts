/** Attempts: views for the machine (core/), and its decisions written back. */
import type { Knex } from 'knex'
import type { AttemptPhase, TaskStatus } from '../../broker/states.ts'
import type { AttemptView, Decision, TaskView, View } from '../core/views.ts'
import { noteSilence } from './artifacts.ts'
import { enqueueDeploys } from './builds.ts'
import { deletePartOfFile } from './chunks.ts'
import type { Tx } from './commit.ts'
import { enqueueRunnerWebhook, enqueueTaskFinished } from './deliveries.ts'
import { kept } from './kept-text.ts'
import { type RunnerRow, runnerOf } from './runners.ts'
import type { TaskRow } from './tasks.ts'
import { type AttemptRow, viewOf, views } from './views.ts'

/** Neither over nor taken back. */
export const livePhases: readonly AttemptPhase[] = ['offered', 'claimed', 'started']

/** The view of one attempt; both halves undefined when nothing is known of it. */
export async function loadView(db: Knex, task: number, attempt: number): Promise<View> {
  const [row] = await viewRows(db, { task, attempt })
  return viewOf(row)
}

const viewRows = kept((db, { task, attempt }: { task: number; attempt: number }) =>
  views(db, db.raw('?', [attempt])).where('t.id', task),
)

/** The view of a task's current attempt. */
export async function loadCurrentView(
  db: Knex,
  task: number,
): Promise<(View & { task: TaskView }) | undefined> {
  const view = viewOf(await views(db, 't.attempt').where('t.id', task).first())
  return view.task && { ...view, task: view.task }
}

/** Attempts of a runner that are neither over nor withdrawn, oldest first. */
export async function liveViews(db: Knex, runner: number): Promise<View[]> {
  const rows = await views(db, 'a.attempt')
    .where('a.runner_id', runner)
    .whereIn('a.phase', [...livePhases])
    .orderBy('t.id')
  return rows.map(viewOf)
}

/** The last stored piece of the log of each attempt at work; -1 = it has none. */
export async function logEnds(db: Knex): Promise<{ task: number; attempt: number; seq: number }[]> {
  const rows = await db('attempts').whereIn('phase', [...livePhases])
  return rows.map(({ task_id: task, attempt, next_seq }) => ({ task, attempt, seq: next_seq - 1 }))
}

/** How many attempts each runner holds: what its slots are counted by. */
export async function heldByRunner(db: Knex): Promise<Map<number, number>> {
  const rows: { runner_id: number; held: number }[] = await db('attempts')
    .whereIn('phase', [...livePhases])
    .groupBy('runner_id')
    .select('runner_id')
    .count({ held: '*' })
  return new Map(rows.map((row) => [Number(row.runner_id), Number(row.held)]))
}

/** Which of these runners hold an attempt. */
export async function holdersAmong(db: Knex, runners: readonly number[]): Promise<Set<number>> {
  const rows: { runner_id: number }[] = await db('attempts')
    .whereIn('runner_id', [...runners])
    .whereIn('phase', [...livePhases])
    .distinct('runner_id')
  return new Set(rows.map((row) => row.runner_id))
}

/** Runners that may be offered something, each with how many attempts it holds. */
export async function availableRunners(db: Knex): Promise<(RunnerRow & { held: number })[]> {
  const rows = await available(db, {})
  return rows.map((row) => ({ ...runnerOf(row), held: Number(row.held) }))
}

const available = kept((db) => {
  const held = db('attempts')
    .whereRaw('attempts.runner_id = runners.id')
    .whereIn('phase', [...livePhases])
    .count()
  return db('runners')
    .where({ online: true, active: true, accepting: true })
    .orderBy('id')
    .select('runners.*', held.as('held'))
})

const updateTask = kept((db, { id, ...change }: Pick<TaskRow, 'id'> & Partial<TaskRow>) =>
  db<TaskRow>('tasks').where({ id }).update(change, []),
)

const insertAttempt = kept((db, attempt: Partial<AttemptRow>) =>
  db<AttemptRow>('attempts').insert(attempt, []),
)

type Named = Pick<AttemptRow, 'task_id' | 'attempt'>

const updateAttempt = kept((db, { task_id, attempt, ...change }: Named & Partial<AttemptRow>) =>
  db<AttemptRow>('attempts').where({ task_id, attempt }).update(change, []),
)

/** D1: the task's next attempt, offered to `runner`. @returns its number. */
export async function offerAttempt(
  tx: Tx,
  task: Pick<TaskRow, 'id' | 'attempt' | 'project_id' | 'template_id'>,
  runner: Pick<RunnerRow, 'id' | 'webhook'>,
  now: number,
): Promise<number> {
  const attempt = task.attempt + 1
  const own = { attempt, runner_id: runner.id }
  await updateTask(tx.db, { id: task.id, status: 'starting', ...own })
  await insertAttempt(tx.db, { task_id: task.id, phase: 'offered', offered: now, ...own })
  if (runner.webhook !== '') await enqueueRunnerWebhook(tx, 'start', task.id, now)
  emitTask(tx, task, 'starting')
  tx.emit({ kind: 'offered', task: task.id, attempt, runner: runner.id })
  return attempt
}

/** Writes a decision. An ending brings its webhooks' outbox rows into the same transaction (D5). */
export async function saveDecision(
  tx: Tx,
  view: View,
  decision: Decision,
  now: number,
): Promise<void> {
  const { task, attempt } = view
  if (attempt && decision.attempt) {
    await saveAttempt(tx, attempt, decision.attempt, now)
    const { result } = decision.attempt
    if (result) {
      await deletePartOfFile(tx.db, attempt.task, attempt.attempt)
      await noteSilence(tx.db, attempt.task, attempt.attempt, result)
    }
    // A slot opens although no task moves: the attempt had been given up, or stopped by force.
    if (!decision.task && isOver(decision.attempt))
      tx.emit({ kind: 'runner', runner: attempt.runner })
  }
  if (!task || !decision.task) return
  const { runner, ...columns } = decision.task
  const { ending } = decision
  const [row] = await tx
    .db<TaskRow>('tasks')
    .where({ id: task.id })
    .update(
      {
        ...columns,
        ...(runner === undefined ? {} : { runner_id: runner }),
        ...statusColumns(tx.db, columns.status, now),
        ...(ending ? endingColumns(ending, now) : {}),
      },
      '*',
    )
  if (row === undefined) return
  if (ending) {
    await enqueueTaskFinished(tx, task.id, now)
    await enqueueRunnerWebhook(tx, 'finish', task.id, now)
    if (ending.status === 'success') await enqueueDeploys(tx, row, now)
  }
  emitTask(tx, row, row.status)
}

/** What a change of status says of times: the first start counts, a task in the queue has none. */
function statusColumns(db: Knex, status: TaskStatus | undefined, now: number) {
  if (status === undefined) return {}
  return {
    unreachable_since: status === 'unreachable' ? now : null,
    ...(status === 'running' || status === 'waiting_confirmation'
      ? { start: db.raw('coalesce(??, ?)', ['start', now]) }
      : {}),
    ...(status === 'waiting' ? { start: null } : {}),
  }
}

function endingColumns(ending: NonNullable<Decision['ending']>, now: number): Partial<TaskRow> {
  const { reason, result } = ending
  return {
    end: now,
    reason,
    exit_code: result?.exit_code ?? null,
    commit_hash: result?.commit_hash ?? null,
    commit_message: result?.commit_message ?? null,
    // Survey secrets are of no use to a task that is over.
    secret: null,
  }
}

async function saveAttempt(
  tx: Tx,
  { task, attempt, phase }: AttemptView,
  change: NonNullable<Decision['attempt']>,
  now: number,
): Promise<void> {
  const { nextSeq, logResets, result, ...same } = change
  const moved = change.phase !== undefined && change.phase !== phase ? change.phase : undefined
  await updateAttempt(tx.db, {
    task_id: task,
    attempt,
    ...same,
    ...(nextSeq === undefined ? {} : { next_seq: nextSeq }),
    ...(logResets === undefined ? {} : { log_resets: logResets }),
    ...(result === undefined ? {} : { result: JSON.stringify(result) }),
    ...(moved === 'started' ? { started: now } : {}),
    ...(moved === 'ended' || moved === 'lost' ? { ended: now } : {}),
  })
}

function isOver({ phase }: NonNullable<Decision['attempt']>): boolean {
  return phase !== undefined && !livePhases.includes(phase)
}

function emitTask(
  tx: Tx,
  task: Pick<TaskRow, 'id' | 'project_id' | 'template_id'>,
  status: TaskStatus,
): void {
  const { id, project_id: project, template_id: template } = task
  const requeued = status === 'waiting' ? { requeued: true } : {}
  tx.emit({ kind: 'task', task: id, project, template, status, ...requeued })
}
