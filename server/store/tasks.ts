/** Tasks: the rows as they are, and the queries that dispatch and the API ask. */
import type { Knex } from 'knex'
import { isFinal, type TaskStatus, taskStatuses } from '../../broker/states.ts'
import type { CancelWish } from '../core/views.ts'
import type { Cipher } from './cipher.ts'
import type { Tx } from './commit.ts'
import { kept } from './kept-text.ts'

export interface TaskRow {
  id: number
  project_id: number
  template_id: number
  user_id: number | null
  /** By which schedule it was started, which may be gone. */
  schedule_id: number | null
  /** By which integration it was started, which may be gone. */
  integration_id: number | null
  /** The build that it deploys, which may be gone. */
  build_task_id: number | null
  status: TaskStatus
  attempt: number
  runner_id: number | null
  cancel: CancelWish
  requeues: number
  /** Since when its runner is silent, for people to read (D9); null while it is not. */
  unreachable_since: number | null
  /** Why it waits for a person, since the database was put back; null = it does not. */
  held: string | null
  message: string
  playbook: string
  /** JSON text of an object, or empty. */
  environment: string
  /** JSON text of an array. */
  arguments: string
  git_branch: string
  inventory_id: number | null
  /** JSON text: {limit, tags, skip_tags, debug, debug_level, dry_run, diff}. */
  params: string
  /** Encrypted JSON text of an object, or null. */
  secret: string | null
  /** Who confirmed or rejected it. */
  answered_by: number | null
  version: string
  incoming_version: string
  commit_hash: string | null
  commit_message: string | null
  exit_code: number | null
  reason: string | null
  created: number
  start: number | null
  end: number | null
}

export type NewTask = Pick<TaskRow, 'project_id' | 'template_id' | 'created'> &
  Partial<Omit<TaskRow, 'id' | 'attempt'>>

/** Statuses in which a task holds a slot of its project and of the server. */
export const activeStatuses: readonly TaskStatus[] = [
  'starting',
  'running',
  'waiting_confirmation',
  'confirmed',
  'rejected',
  'stopping',
  'unreachable',
]

const insert = kept((db, task: NewTask) => db<TaskRow>('tasks').insert(task, '*'))

export async function insertTask(db: Knex, task: NewTask): Promise<TaskRow> {
  const [row] = await insert(db, { status: 'waiting', ...task })
  return row as TaskRow
}

export function findTask(db: Knex, id: number): Promise<TaskRow | undefined> {
  return db<TaskRow>('tasks').where({ id }).first()
}

/** Newest first. @param before only tasks with a lower number. @param limit at most this many. */
export function listTasks(
  db: Knex,
  where: { project_id?: number; template_id?: number },
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<TaskRow[]> {
  const rows = db<TaskRow>('tasks').where(where).orderBy('id', 'desc').limit(limit)
  return before === undefined ? rows : rows.where('id', '<', before)
}

/** Remembers who said what the task waited for. */
export async function setAnsweredBy(tx: Tx, id: number, user: number): Promise<void> {
  await tx.db('tasks').where({ id }).update({ answered_by: user })
}

/** Of all projects, oldest first: what waits and what is at work. */
export function openTasks(db: Knex): Promise<TaskRow[]> {
  return db<TaskRow>('tasks')
    .whereIn('status', ['waiting', ...activeStatuses])
    .orderBy('id')
}

/** The tasks of a template that are not over. */
export async function openTasksOf(db: Knex, template: number): Promise<number[]> {
  return await db('tasks')
    .where({ template_id: template })
    .whereNotIn('status', taskStatuses.filter(isFinal))
    .orderBy('id')
    .pluck('id')
}

export async function deleteTask(db: Knex, id: number): Promise<void> {
  await db('tasks').where({ id }).delete()
}

/** The newest task of each of these templates. */
export async function lastTasks(db: Knex, templates: readonly number[]): Promise<TaskRow[]> {
  const newest = db('tasks')
    .whereIn('template_id', [...templates])
    .groupBy('template_id')
    .max('id')
  return await db<TaskRow>('tasks').whereIn('id', newest)
}

/** A task in the queue, with what its template, inventory and project say of where and when it may run. */
export interface QueuedTask extends Pick<TaskRow, 'id' | 'attempt' | 'project_id' | 'template_id'> {
  /** False: not while another task of the template is active. */
  parallel: boolean
  /** The tag that its runner must have: of the template, else of the inventory; null = none. */
  tag: string | null
  /** max_parallel_tasks of the project, 0 = no limit. */
  projectLimit: number
}

/**
 * Waiting tasks, oldest first: all that the choice of runners needs, in one query.
 * @param templates only tasks of these; undefined = all
 */
export async function waitingTasks(
  db: Knex,
  limit: number,
  templates?: readonly number[],
): Promise<QueuedTask[]> {
  if (templates === undefined) return (await headOf(limit)(db, {})).map(queuedOf)
  return (await head(db, limit).whereIn('t.template_id', [...templates])).map(queuedOf)
}

/** Knex has a limit in a text as a value of its own; in life there is only one. */
const heads = new Map<number, ReturnType<typeof kept<object, QueuedRow>>>()

function headOf(limit: number) {
  const known = heads.get(limit) ?? kept((db) => head(db, limit))
  heads.set(limit, known)
  return known
}

function head(db: Knex, limit: number): Knex.QueryBuilder<object, QueuedRow[]> {
  return queued(db).orderBy('t.id').limit(limit).select('t.id', 't.attempt')
}

/** One waiting task of each template and tag, the oldest. */
export async function waitingKinds(db: Knex): Promise<QueuedTask[]> {
  const rows = queued(db).groupBy('t.template_id', tagOf(db)).select('t.attempt')
  return (await rows.min('t.id as id')).map(queuedOf)
}

/** What is in the queue and not held, with the rules of each task; whoever asks adds the task's own columns. */
function queued(db: Knex): Knex.QueryBuilder {
  return withRules(db)
    .where('t.status', 'waiting')
    .whereNull('t.held')
    .select('t.project_id', 't.template_id')
    .select('m.allow_parallel_tasks', 'p.max_parallel_tasks', db.raw('? as tag', [tagOf(db)]))
}

/** Tasks `t` with their template `m`, project `p` and inventory `i`, which say where and when they may run. */
export function withRules(db: Knex): Knex.QueryBuilder {
  return db('tasks as t')
    .join('templates as m', 'm.id', 't.template_id')
    .join('projects as p', 'p.id', 't.project_id')
    .leftJoin('inventories as i', 'i.id', db.raw('coalesce(t.inventory_id, m.inventory_id)'))
}

/** The tag that a task asks for: of its template, else of its inventory. For `withRules`. */
export function tagOf(db: Knex): Knex.Raw {
  return db.raw('coalesce(m.runner_tag, i.runner_tag)')
}

type QueuedRow = Omit<QueuedTask, 'parallel' | 'projectLimit'> & {
  allow_parallel_tasks: boolean | number
  max_parallel_tasks: number
}

function queuedOf({ allow_parallel_tasks, max_parallel_tasks, ...task }: QueuedRow): QueuedTask {
  return { ...task, parallel: Boolean(allow_parallel_tasks), projectLimit: max_parallel_tasks }
}

/** Tasks that hold a slot, as project and template of each: what parallelism limits count. */
export function activeTasks(db: Knex): Promise<Pick<TaskRow, 'project_id' | 'template_id'>[]> {
  return db<TaskRow>('tasks')
    .whereIn('status', [...activeStatuses])
    .select('project_id', 'template_id')
}

/** Survey secrets of a task, for its `secret` column; null when there are none. */
export function sealTaskSecrets(
  cipher: Cipher,
  template: number,
  secrets: Record<string, string>,
): string | null {
  if (Object.keys(secrets).length === 0) return null
  return cipher.seal(taskPurpose(template), JSON.stringify(secrets))
}

export function openTaskSecrets(
  cipher: Cipher,
  task: Pick<TaskRow, 'template_id' | 'secret'>,
): Record<string, string> {
  if (task.secret === null) return {}
  return JSON.parse(cipher.open(taskPurpose(task.template_id), task.secret))
}

/** What the secrets of a task are sealed for (cipher.ts). */
export function taskPurpose(template: number): string {
  return `task_secret/${template}`
}
