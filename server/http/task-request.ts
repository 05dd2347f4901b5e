/** What a request to start a task may say, and the task that it becomes. */
import Type from 'typebox'
import { AppError } from '../../lib/errors.ts'
import { inventories } from '../store/inventories.ts'
import { type NewTask, sealTaskSecrets } from '../store/tasks.ts'
import { findTemplateByName, type TemplateRow, templates } from '../store/templates.ts'
import type { HttpContext } from './context.ts'
import { Maybe, MaybeId, Text } from './fields.ts'
import { objectText, scalarsText, textsText, textValues } from './json-text.ts'
import { TaskParams } from './task-view.ts'

const Flag = Maybe(Type.Boolean())
export const StartBody = Type.Object({
  project_id: MaybeId,
  template_id: MaybeId,
  /** Instead of `template_id`. */
  template_name: Maybe(Text),
  message: Maybe(Text),
  playbook: Maybe(Type.String({ maxLength: 4096 })),
  /** JSON text of an object: extra variables. */
  environment: Maybe(Text),
  /** JSON text of an object: values of survey variables of type secret. */
  secret: Maybe(Text),
  /** JSON text of an array of command-line arguments. */
  arguments: Maybe(Text),
  git_branch: Maybe(Type.String({ maxLength: 255 })),
  inventory_id: MaybeId,
  version: Maybe(Type.String({ maxLength: 255 })),
  params: Maybe(TaskParams),
  // Older clients say these here instead of in `params`.
  debug: Flag,
  dry_run: Flag,
  diff: Flag,
  /** Comma-separated. */
  limit: Maybe(Text),
})
type StartBody = Type.Static<typeof StartBody>

/** @throws AppError `invalid` if it asks for what is not in this project or not allowed. */
export async function taskOf(
  { store, cipher }: HttpContext,
  project: number,
  body: StartBody,
): Promise<Omit<NewTask, 'created'>> {
  const template = await templateOf(store.read, project, body)
  expectAllowed(template, body)
  objectText('environment', body.environment)
  return {
    project_id: project,
    template_id: template.id,
    message: body.message ?? '',
    playbook: body.playbook ?? '',
    environment: body.environment ?? '',
    arguments: body.arguments || '[]',
    git_branch: body.git_branch ?? '',
    inventory_id: await inventoryOf(store.read, project, body),
    version: body.version ?? '',
    params: JSON.stringify(paramsOf(body)),
    secret: sealTaskSecrets(cipher, template.id, textValues(scalarsText('secret', body.secret))),
  }
}

async function templateOf(
  db: Parameters<typeof templates.find>[0],
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

/** Refused aloud: a deployment that silently takes another branch than the one asked for is worse. */
function expectAllowed(template: TemplateRow, body: StartBody): void {
  const refuse = (field: string, flag: string) =>
    new AppError('invalid', `${field}: template ${template.name} does not let tasks choose it`, {
      fix: `set ${flag} in the template`,
    })
  const branch = body.git_branch || template.git_branch
  if (branch !== template.git_branch && !template.allow_override_branch_in_task) {
    throw refuse('git_branch', 'allow_override_branch_in_task')
  }
  const given = textsText('arguments', body.arguments)
  if (given.length > 0 && !template.allow_override_args_in_task) {
    throw refuse('arguments', 'allow_override_args_in_task')
  }
}

async function inventoryOf(
  db: Parameters<typeof inventories.find>[0],
  project: number,
  { inventory_id }: StartBody,
): Promise<number | null> {
  if (!inventory_id) return null
  if ((await inventories.find(db, project, inventory_id)) !== undefined) return inventory_id
  throw new AppError('invalid', `inventory_id: expected one of this project, got ${inventory_id}`)
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
    ...params,
    ...(debug != null && { debug }),
    ...(dry_run != null && { dry_run }),
    ...(diff != null && { diff }),
    ...(limit && { limit: limit.split(',').map((host) => host.trim()) }),
  }
}
