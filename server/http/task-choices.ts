/** What a schedule asks for its tasks: the fields of a request to start one, without secrets. */
import Type from 'typebox'
import { Value } from 'typebox/value'
import { withoutNulls } from './fields.ts'
import { StartBody } from './start-body.ts'

const { message, playbook, environment, arguments: args, git_branch } = StartBody.properties
const { inventory_id, version, params } = StartBody.properties

/** Semaphore's `task_params` of a schedule or an integration. */
export const TaskChoices = Type.Object({
  message,
  playbook,
  environment,
  arguments: args,
  git_branch,
  inventory_id,
  version,
  params,
})
export type TaskChoices = Type.Static<typeof TaskChoices>

/** Only what is known is kept: whoever reads it back sees all of it, so no secret may slip in. */
export function choicesOf(given: TaskChoices | null | undefined): TaskChoices {
  const known = Value.Clean(TaskChoices, structuredClone(given ?? {})) as TaskChoices
  return known.params ? { ...known, params: withoutNulls(known.params) } : known
}
