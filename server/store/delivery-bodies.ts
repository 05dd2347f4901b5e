/** What webhooks are told, as the exact text that is signed and sent. docs/webhooks.md lists it. */
import type { Knex } from 'knex'
import { isFinal, type TaskStatus } from '../../broker/states.ts'
import { AppError } from '../../lib/errors.ts'
import type { WebhookRow } from './webhooks.ts'

/**
 * Characters kept of a free text: three of them and three names, all of control characters (6 bytes
 * each as JSON), stay under the 20 kB that Standard Webhooks sets.
 */
const longest = 800

/** @param now ms since the epoch */
export async function taskFinishedBody(
  db: Knex,
  id: number,
  now: number,
): Promise<{ project_id: number; body: string }> {
  const task = await taskWithNames(db, id)
  if (!isFinal(task.status)) {
    throw new AppError('internal', `task ${id}: expected a final status, got ${task.status}`)
  }
  const body = envelope('task.finished', now, {
    task_id: task.id,
    project_id: task.project_id,
    project_name: task.project_name,
    template_id: task.template_id,
    template_name: task.template_name,
    status: task.status,
    attempt: task.attempt,
    runner_id: task.runner_id,
    runner_name: task.runner_name,
    user_id: task.user_id,
    exit_code: task.exit_code,
    reason: shortened(task.reason),
    message: shortened(task.message),
    commit_hash: task.commit_hash,
    commit_message: shortened(task.commit_message),
    created: iso(task.created),
    start: iso(task.start),
    end: iso(task.end),
  })
  return { project_id: task.project_id, body }
}

/** @param now ms since the epoch */
export function testBody({ id, project_id, name }: WebhookRow, now: number): string {
  return envelope('webhook.test', now, { webhook_id: id, project_id, name })
}

/**
 * Semaphore's own fields and order, then ours. @returns undefined if no runner has the task, or its
 * runner no webhook.
 */
export async function runnerBody(db: Knex, action: 'start' | 'finish', id: number) {
  const { project_id, template_id, runner_id, status, attempt, runner_webhook } =
    await taskWithNames(db, id)
  if (runner_id === null || !runner_webhook) return undefined
  const told = { action, project_id, task_id: id, template_id, runner_id, status, attempt }
  return { project_id, runner_id, attempt, url: runner_webhook, body: JSON.stringify(told) }
}

interface TaskWithNames {
  id: number
  project_id: number
  project_name: string
  template_id: number
  template_name: string
  status: TaskStatus
  attempt: number
  runner_id: number | null
  runner_name: string | null
  runner_webhook: string | null
  user_id: number | null
  exit_code: number | null
  reason: string | null
  message: string
  commit_hash: string | null
  commit_message: string | null
  created: number
  start: number | null
  end: number | null
}

async function taskWithNames(db: Knex, id: number): Promise<TaskWithNames> {
  const row = await db('tasks')
    .join('projects', 'projects.id', 'tasks.project_id')
    .join('templates', 'templates.id', 'tasks.template_id')
    .leftJoin('runners', 'runners.id', 'tasks.runner_id')
    .where('tasks.id', id)
    .first(
      'tasks.*',
      'projects.name as project_name',
      'templates.name as template_name',
      'runners.name as runner_name',
      'runners.webhook as runner_webhook',
    )
  if (row === undefined) throw new AppError('internal', `task ${id}: expected a row, got none`)
  return row
}

function envelope(type: string, now: number, data: Record<string, unknown>): string {
  return JSON.stringify({ type, timestamp: iso(now), data })
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

/** Cut between code points, so that no half of a surrogate pair is left to break the UTF-8. */
function shortened(text: string | null): string | null {
  if (text === null || text.length <= longest) return text
  return `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')}…`
}
