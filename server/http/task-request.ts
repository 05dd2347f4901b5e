/** A request to start a task, and the task that it becomes. */
import type Type from 'typebox'
import { AppError } from '../../lib/errors.ts'
import type { AskedTask } from '../store/builds.ts'
import type { Cipher } from '../store/cipher.ts'
import { inventories } from '../store/inventories.ts'
import type { Knex } from '../store/owned.ts'
import { answersOf } from '../store/survey.ts'
import { findTask, sealTaskSecrets } from '../store/tasks.ts'
import { findTemplateByName, type TemplateRow, templates } from '../store/templates.ts'
import { withoutNulls } from './fields.ts'
import { objectText, scalarsText, textValues } from './json-text.ts'
import type { StartBody } from './start-body.ts'
import { expectAllowed } from './task-allowances.ts'
import type { TaskParams } from './task-view.ts'

/**
 * The task that `body` asks for, with the template that it runs.
 * @throws AppError `invalid` if it asks for what is not in this project or not allowed
 */
export async function taskOf(
  { db, cipher }: { db: Knex; cipher: Cipher },
  project: number,
  body: StartBody,
): Promise<{ task: Omit<AskedTask, 'created'>; template: TemplateRow }> {
  const template = await templateOf(db, project, body)
  expectAllowed(template, body)
  const { environment, secret } = answersOf(template.survey_vars, {
    environment: objectText('environment', body.environment),
    secret: scalarsText('secret', body.secret),
  })
  const task = {
    project_id: project,
    template_id: template.id,
    message: body.message ?? '',
    playbook: body.playbook ?? '',
    environment: Object.keys(environment).length > 0 ? JSON.stringify(environment) : '',
    arguments: body.arguments || '[]',
    git_branch: body.git_branch ?? '',
    inventory_id: await inventoryOf(db, project, body),
    version: body.version || (template.type === 'build' ? null : ''),
    build_task_id: await buildOf(db, template, body),
    params: JSON.stringify(paramsOf(body)),
    secret: sealTaskSecrets(cipher, template.id, textValues(secret)),
  }
  return { task, template }
}

async function templateOf(
  db: Knex,
  project: number,
  { template_id, template_name }: StartBody,
): Promise<TemplateRow> {
  if (!template_id) {
    if (template_name) return await findTemplateByName(db, project, template_name)
    throw new AppError('invalid', 'template_id or template_name: expected one, got neither')
  }
  const template = await templates.find(db, project, template_id)
  if (template !== undefined) return template
  throw new AppError(
    'invalid',
    `template_id: expected a template of this project, got ${template_id}`,
  )
}

async function inventoryOf(
  db: Knex,
  project: number,
  { inventory_id }: StartBody,
): Promise<number | null> {
  if (!inventory_id) return null
  if ((await inventories.find(db, project, inventory_id)) !== undefined) return inventory_id
  throw new AppError('invalid', `inventory_id: expected one of this project, got ${inventory_id}`)
}

async function buildOf(
  db: Knex,
  { type, build_template_id }: TemplateRow,
  { build_task_id }: StartBody,
): Promise<number | null> {
  if (!build_task_id) return null
  const task = await findTask(db, build_task_id)
  const isBuild = task?.template_id === build_template_id && task?.status === 'success'
  if (type === 'deploy' && isBuild) return build_task_id
  const expected = type === 'deploy' ? 'a successful build of its build template' : 'none'
  throw new AppError('invalid', `build_task_id: expected ${expected}, got ${build_task_id}`)
}

/** The request's `params` and what older clients say beside them; the template adds the rest. */
function paramsOf({
  params,
  debug,
  dry_run,
  diff,
  limit,
}: StartBody): Type.Static<typeof TaskParams> {
  return {
    ...withoutNulls(params ?? {}),
    ...(debug != null && { debug }),
    ...(dry_run != null && { dry_run }),
    ...(diff != null && { diff }),
    ...(limit && { limit: limit.split(',').map((host) => host.trim()) }),
  }
}
