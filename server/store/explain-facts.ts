/** What an explanation needs to know of a task, read from all over the database. For a person's question. */
import type { Knex } from 'knex'
import { AppError } from '../../lib/errors.ts'
import type { TaskDemand } from '../core/eligible.ts'
import type {
  AttemptFacts,
  DeliveryFacts,
  Facts,
  RunnerFacts,
  TaskFacts,
  TemplateFacts,
} from '../core/explain/facts.ts'
import { alarmKinds, alarmsUp } from './alarms.ts'
import { heldByRunner } from './attempts.ts'
import type { DeliveryRow } from './deliveries.ts'
import { listRunners, type RunnerRow, slotsOf } from './runners.ts'
import { activeStatuses, activeTasks, type TaskRow, tagOf, withRules } from './tasks.ts'
import type { TemplateRow } from './templates.ts'
import type { AttemptRow } from './views.ts'

/** What the server's configuration says, and its state. */
export interface ServerRules {
  /** max_parallel_tasks, 0 = no limit. */
  maxParallelTasks: number
  /** For templates that have no grace of their own. */
  graceMs: number
  /** 0 = no limit. */
  maxDurationMs: number
  /** How long a runner has been silent beyond its lease, as who judges it counts; may be below 0. */
  silentMs(runner: number): number
  /** Why it cannot work now, each as half a sentence. */
  troubles: readonly string[]
}

/** @param now ms since the epoch @throws AppError `not_found` */
export async function explainFacts(
  db: Knex,
  id: number,
  rules: ServerRules,
  now: number,
): Promise<Facts> {
  const row = await withRules(db)
    .where('t.id', id)
    .first('t.*', ...templateColumns, tagColumn(db))
  if (row === undefined) throw new AppError('not_found', `task ${id}: not found`)
  const runners = await listRunners(db)
  const attempts = await attemptsOf(db, id, runners)
  const active = await activeTasks(db)
  const inProject = active.filter(({ project_id }) => project_id === row.project_id)
  return {
    now,
    task: taskFacts(row),
    template: { ...templateFacts(row, rules), active: await activeBeside(db, row) },
    attempts,
    runners: await runnersFor(db, runners, row.project_id, attempts, rules),
    ahead: await aheadOf(db, id),
    server: { active: active.length, limit: rules.maxParallelTasks },
    troubles: rules.troubles,
    project: { active: inProject.length, limit: row.max_parallel_tasks },
    deliveries: await deliveriesOf(db, id),
  }
}

const templateColumns = [
  'm.name',
  'm.allow_parallel_tasks',
  'm.silence_policy',
  'm.silence_grace_sec',
  'm.idempotent',
  'm.max_requeues',
  'm.max_task_duration_sec',
  'p.max_parallel_tasks',
]

const tagColumn = (db: Knex) => db.raw('? as tag', [tagOf(db)])

function taskFacts(row: TaskRow & { tag: string | null }): TaskFacts {
  const { status, created, start, end, cancel, requeues, reason, tag } = row
  return {
    project: row.project_id,
    tag,
    status,
    created,
    start,
    end,
    cancel,
    requeues,
    unreachableSince: row.unreachable_since,
    held: row.held,
    exitCode: row.exit_code,
    reason,
  }
}

function templateFacts(row: TemplateRow, rules: ServerRules): Omit<TemplateFacts, 'active'> {
  const { name, silence_grace_sec, max_task_duration_sec: seconds } = row
  return {
    name,
    parallel: Boolean(row.allow_parallel_tasks),
    policy: row.silence_policy,
    idempotent: Boolean(row.idempotent),
    maxRequeues: row.max_requeues,
    graceMs: silence_grace_sec === null ? rules.graceMs : silence_grace_sec * 1000,
    maxDurationMs: seconds === null ? rules.maxDurationMs : seconds * 1000,
  }
}

/** Active tasks of the same template. */
async function activeBeside(db: Knex, { id, template_id }: TaskRow): Promise<number[]> {
  const rows = await db<TaskRow>('tasks')
    .where({ template_id })
    .whereIn('status', [...activeStatuses])
    .whereNot({ id })
    .orderBy('id')
    .select('id')
  return rows.map((row) => row.id)
}

async function attemptsOf(
  db: Knex,
  task: number,
  runners: readonly RunnerRow[],
): Promise<AttemptFacts[]> {
  const unacked = (runner: number, attempt: number) =>
    runners
      .find(({ id }) => id === runner)
      ?.unacked.find((log) => log.task === task && log.attempt === attempt)
  const rows = await db<AttemptRow>('attempts').where({ task_id: task }).orderBy('attempt')
  return rows.map(({ attempt, runner_id, phase, offered, started, bytes, result }) => ({
    attempt,
    runner: runner_id,
    phase,
    offered,
    started,
    bytes,
    spooled: unacked(runner_id, attempt)?.bytes ?? 0,
    unackedLines: unacked(runner_id, attempt)?.lines ?? null,
    outcome: result === null ? null : JSON.parse(result).outcome,
  }))
}

async function runnersFor(
  db: Knex,
  all: readonly RunnerRow[],
  project: number,
  attempts: readonly AttemptFacts[],
  rules: ServerRules,
): Promise<RunnerFacts[]> {
  const held = await heldByRunner(db)
  const alarms = await alarmsUp(db)
  return all
    .filter(({ id, project_id }) => {
      const serves = project_id === null || project_id === project
      return serves || attempts.some(({ runner }) => runner === id)
    })
    .map((row) => ({
      id: row.id,
      name: row.name,
      project: row.project_id,
      tags: row.tags,
      isDefault: row.is_default,
      online: row.online,
      active: row.active,
      accepting: row.accepting,
      pauseReason: row.pause_reason,
      held: held.get(row.id) ?? 0,
      limit: slotsOf(row),
      touched: row.touched,
      silentMs: rules.silentMs(row.id),
      alarms: alarms
        .filter(({ runner_id }) => runner_id === row.id)
        .map(({ kind }) => alarmKinds[kind]),
    }))
}

/** The waiting tasks that are older, counted by what they ask for. */
async function aheadOf(db: Knex, id: number): Promise<(TaskDemand & { tasks: number })[]> {
  const rows: { project_id: number; tag: string | null; tasks: number }[] = await withRules(db)
    .where('t.status', 'waiting')
    .where('t.id', '<', id)
    .groupBy('t.project_id', tagOf(db))
    .select('t.project_id', tagColumn(db))
    .count({ tasks: '*' })
  return rows.map(({ project_id, tag, tasks }) => ({
    project: project_id,
    tag,
    tasks: Number(tasks),
  }))
}

async function deliveriesOf(db: Knex, task: number): Promise<DeliveryFacts[]> {
  const rows: (DeliveryRow & { name: string | null })[] = await db('deliveries as d')
    .leftJoin('webhooks as w', 'w.id', 'd.webhook_id')
    .where('d.task_id', task)
    .orderBy('d.id')
    .select('d.*', 'w.name')
  return rows.map((row) => ({
    receiver:
      row.webhook_id === null
        ? `the webhook of runner ${row.runner_id}`
        : `webhook ${row.webhook_id} '${row.name}'`,
    state: row.state,
    tries: row.tries,
    nextTry: row.next_try,
    lastStatus: row.last_status,
  }))
}
