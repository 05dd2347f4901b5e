/** What a request to start a task may say. */
import Type from 'typebox'
import { Maybe, MaybeId, Text } from './fields.ts'
import { AskedParams } from './task-view.ts'

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
  /** Which build a deploy deploys. */
  build_task_id: MaybeId,
  params: Maybe(AskedParams),
  // Older clients say these here instead of in `params`.
  debug: Flag,
  dry_run: Flag,
  diff: Flag,
  /** Comma-separated. */
  limit: Maybe(Text),
})
export type StartBody = Type.Static<typeof StartBody>
