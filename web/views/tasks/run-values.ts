/** What a run asks for: from the API into the fields of a form, and back into a request. Pure. */
import type { Template } from '../../api/records.ts'
import type { TaskChoices } from '../../api/task-records.ts'
import type { Values } from '../../form/draft.ts'

/** @returns what a form begins with to ask for the same again; secrets are asked for anew */
export function startOf(choices: TaskChoices, { survey_vars }: Template): Values {
  const { arguments: args, environment, params, build_task_id } = choices
  const { message, git_branch, inventory_id } = choices
  const asked = new Set((survey_vars ?? []).map(({ name }) => name))
  const said = Object.entries(JSON.parse(environment || '{}') as Values)
  const those = (wanted: boolean) =>
    Object.fromEntries(said.filter(([name]) => asked.has(name) === wanted))
  return {
    message,
    git_branch,
    inventory_id,
    arguments: args,
    environment: those(true),
    variables: JSON.stringify(those(false)),
    params,
    build_task_id,
  }
}

/** Variables as JSON text, and of the switches those that differ from the template's. */
export function askedOf(values: Values, { task_params }: Template): Values {
  const { environment, variables, secret: _, params, ...rest } = values
  const said = Object.entries((params ?? {}) as Values).filter(([name, value]) =>
    Array.isArray(value) ? value.length > 0 : value !== (task_params?.[name] ?? false),
  )
  const others = JSON.parse(String(variables || '{}')) as Values
  return {
    ...rest,
    environment: JSON.stringify({ ...others, ...answered(environment) }),
    params: Object.fromEntries(said),
  }
}

/** The request to start a task of the template. */
export function requestOf(values: Values, template: Template): object {
  const secret = JSON.stringify(answered(values.secret))
  return { ...askedOf(values, template), template_id: template.id, secret }
}

const answered = (answers: unknown) =>
  Object.fromEntries(
    Object.entries((answers ?? {}) as Values).filter(([, value]) => value !== '' && value !== null),
  )
