/** What is known to differ from Semaphore's API, and why; docs/semaphore.md shows it to people. */
import type { Finding } from './walk.ts'

export interface LeftOut {
  area: string
  /** How the paths that are not there begin. */
  paths: readonly string[]
  reason: string
}

/** Left out by intent. */
export const leftOut: readonly LeftOut[] = [
  {
    area: 'Workflows',
    paths: ['/project/{project_id}/workflows'],
    reason:
      'a build template, its deploy templates and `autorun` chain tasks; graphs of tasks are not built',
  },
  {
    area: 'Login by OpenID Connect',
    paths: ['/auth/oidc/'],
    reason: 'people log in with a password of this server',
  },
  {
    area: 'Credential mappings of hosts',
    paths: ['/project/{project_id}/host_configs'],
    reason:
      'each repository and inventory names its key; submodules use the key of their repository',
  },
  {
    area: 'Test of chat alerts',
    paths: ['/project/{project_id}/notifications/'],
    reason:
      'there are no chat alerts: signed webhooks tell of tasks, with a test of their own (`/project/{project_id}/webhooks/{webhook_id}/test`)',
  },
]

export interface Difference {
  /** For a person: which field of what, or what an operation does otherwise. */
  what: string
  /** The operations that it is true of. */
  operations: RegExp
  /** Of the report's line. */
  line: RegExp
  reason: string
}

/** Answers that stay as they are. */
export const differences: readonly Difference[] = [
  {
    what: '`secret` of a task',
    operations: /\/tasks|\/templates$/,
    line: /\bsecret: missing$/,
    reason:
      'a secret goes in and never comes out, not even as an empty text; Semaphore answers none either',
  },
  {
    what: '`params` of a task',
    operations: /\/tasks|\/templates$/,
    line: /\bparams\.\w+: missing$/,
    reason: 'holds what the task was started with, not the switches of other apps',
  },
  {
    what: '`task_params` of a template, a schedule or an integration',
    operations: /\/(templates|schedules|integrations)/,
    line: /\btask_params\.[\w.]+: (missing|null)$/,
    reason: 'holds what was sent',
  },
  {
    what: 'null in templates, views, schedules, integrations and events',
    operations: /\/(templates|views|schedules|integrations|events)/,
    line: /\b(inventory_id|environment_id|view_id|build_template_id|sort_column|run_at|project_id|object_id|user_id|task_params|last_task|last_task\.\w+): null$/,
    reason: 'where there is none, as Semaphore answers, though it does not say so',
  },
  {
    what: '`survey_vars`, `views[].name` and `vault_key` in a backup',
    operations: /\/backup$/,
    line: /\b(survey_vars: expected string, got array|views\[\]\.name: missing|vault_key: missing)$/,
    reason:
      'Semaphore writes a list, `title` and a list `vaults` itself; its older forms are read, too',
  },
  {
    what: '`cron` of a template in a backup',
    operations: /\/backup$/,
    line: /\bcron: missing$/,
    reason:
      'schedules have a list of their own, as newer versions of Semaphore write it; it is read',
  },
  {
    what: 'null in a backup',
    operations: /\/backup$/,
    line: /: null$/,
    reason: 'names nothing, as in the files of Semaphore',
  },
  {
    what: '`password` of an environment',
    operations: /\/(environment|backup)/,
    line: /\bpassword: missing$/,
    reason: 'Semaphore does not use it either; secrets of an environment are in `secrets`',
  },
  {
    what: '`private_key` of a new runner',
    operations: /^POST .*\/runners$/,
    line: /^private_key: missing$/,
    reason: 'a runner makes its keys itself; the private ones never leave its machine',
  },
]

/** Why a line of the report is so; undefined = nobody has said, so it is a fault. */
export function reasonOf({ operation, verdict }: Finding, line: string): string | undefined {
  const path = operation.slice(operation.indexOf(' ') + 1)
  if (verdict === 'missing') {
    return leftOut.find(({ paths }) => paths.some((start) => path.startsWith(start)))?.reason
  }
  return differences.find((one) => one.operations.test(operation) && one.line.test(line))?.reason
}
