/** Builds and what deploys them: versions, and deploys that start by themselves. */
import type { Knex } from 'knex'
import { AppError } from '../../lib/errors.ts'
import { nextVersion } from '../core/build-version.ts'
import { expectActive } from './app-switches.ts'
import type { Tx } from './commit.ts'
import { insertEvent } from './events.ts'
import { answersOf } from './survey.ts'
import { insertTask, type NewTask, type TaskRow } from './tasks.ts'
import { autorunDeploys, type TemplateRow } from './templates.ts'

/** A task that is about to be stored. */
export type AskedTask = Omit<NewTask, 'version'> & {
  /** null: the next one of its template, which is a build. */
  version?: string | null
}

/**
 * What a new task has of versions: a build its own, a deploy that of its build. To be asked in the
 * transaction that stores the task. @throws AppError `invalid` if the build is gone
 */
export async function versionsOf(
  db: Knex,
  { template_id, version = '', build_task_id }: AskedTask,
): Promise<Pick<TaskRow, 'version'> & Partial<Pick<TaskRow, 'incoming_version'>>> {
  if (build_task_id) {
    const build = await db<TaskRow>('tasks').where({ id: build_task_id }).first('version')
    if (build !== undefined) return { version: version ?? '', incoming_version: build.version }
    throw new AppError('invalid', `build_task_id: task ${build_task_id} was deleted`)
  }
  if (version !== null) return { version }
  const template = await db('templates').where({ id: template_id }).first('start_version')
  const last = await db<TaskRow>('tasks')
    .where({ template_id })
    .whereNot('version', '')
    .orderBy('id', 'desc')
    .first('version')
  return { version: nextVersion(template?.start_version ?? '', last?.version) }
}

/**
 * The deploys that start by themselves after a build, in the transaction in which it succeeds: so a crash
 * starts none twice or not at all. One whose survey wants more than its defaults, or whose app is switched off,
 * is over at once, and says so.
 */
export async function enqueueDeploys(tx: Tx, build: TaskRow, now: number): Promise<void> {
  for (const template of await autorunDeploys(tx.db, build.template_id)) {
    const { id, project_id, template_id, status } = await insertTask(tx.db, {
      project_id: template.project_id,
      template_id: template.id,
      build_task_id: build.id,
      incoming_version: build.version,
      created: now,
      ...(await startedByItself(tx.db, template, now)),
    })
    tx.emit({ kind: 'task', task: id, project: project_id, template: template_id, status })
    await insertEvent(tx, {
      created: now,
      project_id,
      user_id: null,
      username: '',
      object_type: 'task',
      object_id: id,
      object_name: '',
      description: `task ${id} ${status === 'error' ? 'refused' : 'started'}: by build ${build.id}`,
    })
  }
}

/** @throws AppError `invalid` if somebody must be asked before a task can start */
export function expectNoQuestions({ survey_vars }: Pick<TemplateRow, 'survey_vars'>): string {
  const { environment, secret } = answersOf(survey_vars, { environment: {}, secret: {} })
  const [name] = Object.keys(secret)
  if (name === undefined) {
    return Object.keys(environment).length > 0 ? JSON.stringify(environment) : ''
  }
  throw new AppError('invalid', `secret.${name}: expected an answer to the survey, got nothing`)
}

async function startedByItself(
  db: Knex,
  template: TemplateRow,
  now: number,
): Promise<Partial<NewTask>> {
  try {
    await expectActive(db, template.app)
    return { environment: expectNoQuestions(template) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { status: 'error', reason: `not started by itself: ${error.line}`, end: now }
  }
}
