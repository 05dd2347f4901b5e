/** What a request of another service asks of the task that it starts. */
import { AppError } from '../../../lib/errors.ts'
import type { IntegrationRow, ValueRow } from '../../store/integrations.ts'
import { objectText } from '../json-text.ts'
import type { StartBody } from '../start-body.ts'
import type { TaskChoices } from '../task-choices.ts'
import { type Incoming, textAt } from './request.ts'

const listed = ['limit', 'tags', 'skip_tags'] as const
const switched = ['debug', 'dry_run', 'diff'] as const
/** The fields of a task that a value may be for, where its template lets tasks choose them. */
export const taskFields = ['message', 'git_branch', 'version', ...listed, ...switched] as const
type TaskField = (typeof taskFields)[number]

/** An argument of a process holds no more, and an extra variable may be one. */
const longest = 65_536

/**
 * Values become extra variables, beside those that the integration itself names, or fields of the task: both are
 * what a person could ask for, and no more. @throws AppError `invalid` for a value that no process could get
 */
export function askedOf(
  { template_id, task_params }: IntegrationRow,
  values: readonly ValueRow[],
  incoming: Incoming,
): StartBody {
  const choices = task_params as TaskChoices
  const asked: StartBody = { ...choices, template_id }
  const environment = objectText('environment', choices.environment)
  for (const value of values) {
    const text = textAt(incoming, { ...value, source: value.value_source })
    if (text === undefined) continue
    expectShort(value.variable, text)
    if (value.variable_type === 'environment') environment[value.variable] = text
    else setField(asked, value.variable as TaskField, text)
  }
  return { ...asked, environment: JSON.stringify(environment) }
}

function setField(asked: StartBody, field: TaskField, text: string): void {
  if (isIn(listed, field)) {
    const items = text.split(',').map((item) => item.trim())
    asked.params = { ...asked.params, [field]: items.filter((item) => item !== '') }
  } else if (isIn(switched, field)) {
    asked.params = { ...asked.params, [field]: text === 'true' || text === '1' }
  } else asked[field] = text
}

function isIn<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name)
}

function expectShort(variable: string, text: string): void {
  if (text.length <= longest && !text.includes('\0')) return
  const got = text.includes('\0') ? 'one with a NUL' : `one of ${text.length}`
  throw new AppError('invalid', `${variable}: expected at most ${longest} characters, got ${got}`)
}
