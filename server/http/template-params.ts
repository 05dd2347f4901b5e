import Type from 'typebox'
import { TaskParams } from './task-view.ts'

const Flag = Type.Optional(Type.Boolean())

/** Semaphore's `task_params` of a template; clients keep settings of their own beside these. */
export const TemplateParams = Type.Object(
  {
    ...TaskParams.properties,
    // false: a task that asks for its own is refused.
    allow_override_inventory: Flag,
    allow_override_limit: Flag,
    allow_override_tags: Flag,
    allow_override_skip_tags: Flag,
    allow_debug: Flag,
    // Without these a task that asks for it is refused.
    allow_destroy: Flag,
    allow_auto_approve: Flag,
    /** The state goes to an HTTP backend, told by TF_HTTP_ADDRESS in the environment. */
    override_backend: Flag,
    backend_filename: Type.Optional(Type.String({ maxLength: 255 })),
  },
  { additionalProperties: true },
)
