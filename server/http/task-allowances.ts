/**
 * What a template lets its tasks choose. Refused aloud: a deployment that silently takes another
 * branch, or other hosts, than the ones asked for is worse.
 */
import { AppError } from '../../lib/errors.ts'
import type { TemplateRow } from '../store/templates.ts'
import { textsText } from './json-text.ts'
import type { StartBody } from './start-body.ts'

/** Field of a request -> the flag of `task_params`; a template that does not say so allows it. */
const flags = {
  limit: 'allow_override_limit',
  tags: 'allow_override_tags',
  skip_tags: 'allow_override_skip_tags',
  debug: 'allow_debug',
} as const

/** The same, but only a template that says so allows it: nobody looks at what is done then. */
const dangerous = {
  destroy: ['allow_destroy'],
  auto_approve: ['allow_auto_approve', 'auto_approve'],
} as const

/** @throws AppError `invalid` */
export function expectAllowed(template: TemplateRow, body: StartBody): void {
  const refuse = (field: string, flag: string) =>
    new AppError('invalid', `${field}: template ${template.name} does not let tasks choose it`, {
      fix: `set ${flag} in the template`,
    })
  const branch = body.git_branch || template.git_branch
  if (branch !== template.git_branch && !template.allow_override_branch_in_task) {
    throw refuse('git_branch', 'allow_override_branch_in_task')
  }
  if (textsText('arguments', body.arguments).length > 0 && !template.allow_override_args_in_task) {
    throw refuse('arguments', 'allow_override_args_in_task')
  }
  const { task_params } = template
  const inventory = body.inventory_id || template.inventory_id
  if (inventory !== template.inventory_id && task_params.allow_override_inventory === false) {
    throw refuse('inventory_id', 'allow_override_inventory in task_params')
  }
  const asked = { ...body, ...body.params } as Record<string, unknown>
  for (const [field, flag] of Object.entries(flags)) {
    const value = Array.isArray(asked[field]) ? asked[field].length > 0 : asked[field]
    if (value && task_params[flag] === false) throw refuse(field, `${flag} in task_params`)
  }
  for (const [field, allowing] of Object.entries(dangerous)) {
    const allowed = allowing.some((flag) => task_params[flag])
    if (asked[field] && !allowed) throw refuse(field, `${allowing[0]} in task_params`)
  }
}
