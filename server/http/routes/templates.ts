import Type from 'typebox'
import { isTerraform } from '../../../broker/apps.ts'
import { AppError } from '../../../lib/errors.ts'
import type { Tx } from '../../store/commit.ts'
import { environments } from '../../store/environments.ts'
import { inventories } from '../../store/inventories.ts'
import { keys } from '../../store/keys.ts'
import { expectOwned } from '../../store/owned.ts'
import { repositories } from '../../store/repositories.ts'
import { type NewTemplate, templates, templateUsers } from '../../store/templates.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, Maybe, MaybeId, Name, Nullable, PathIds, RunnerTag, Text, tagOf } from '../fields.ts'
import { textsText } from '../json-text.ts'
import { resourceRoutes } from '../resource.ts'
import { TemplateParams } from '../template-params.ts'

const SilencePolicy = Type.Enum(['fail', 'wait', 'requeue'])
const TemplateType = Type.Enum(['', 'build', 'deploy'])
const SurveyVar = Type.Object({
  name: Name,
  title: Type.Optional(Text),
  description: Type.Optional(Text),
  type: Type.Optional(Type.Enum(['', 'int', 'enum', 'secret', 'text'])),
  target: Type.Optional(Type.Enum(['', 'env'])),
  required: Type.Optional(Type.Boolean()),
  default_value: Type.Optional(Text),
  values: Type.Optional(Type.Array(Type.Object({ name: Text, value: Text }))),
})
const Vault = Type.Object({
  name: Maybe(Text),
  type: Type.Optional(Type.Enum(['password', 'script'])),
  vault_key_id: MaybeId,
  script: Maybe(Text),
})
const Flag = Type.Optional(Type.Boolean())
const Body = Type.Object({
  ...PathIds,
  name: Name,
  app: Maybe(Type.String({ maxLength: 64, pattern: '^[a-z0-9_-]*$' })),
  /** Of Terraform and its kin: a folder, and none is the top of the repository. */
  playbook: Type.String({ maxLength: 4096 }),
  description: Maybe(Text),
  repository_id: Id,
  inventory_id: MaybeId,
  environment_id: MaybeId,
  /** Only a runner that has this tag. */
  runner_tag: Maybe(RunnerTag),
  git_branch: Maybe(Type.String({ maxLength: 255 })),
  type: Maybe(TemplateType),
  start_version: Maybe(Type.String({ maxLength: 255 })),
  /** JSON text of an array of command-line arguments. */
  arguments: Maybe(Text),
  survey_vars: Maybe(Type.Array(SurveyVar, { maxItems: 1000 })),
  vaults: Maybe(Type.Array(Vault, { maxItems: 100 })),
  /** What a task's `params` are when it names none. */
  task_params: Maybe(TemplateParams),
  allow_override_args_in_task: Flag,
  allow_override_branch_in_task: Flag,
  allow_parallel_tasks: Flag,
  suppress_success_alerts: Flag,
  /** Semaphore's way with secret variables: on the command line. `warnings` says what that exposes. */
  secrets_in_arguments: Flag,
  /** What becomes of a task whose runner stays silent. */
  silence_policy: Type.Optional(SilencePolicy),
  /** How long it is waited for, s; null = the server's runners.task_fail_timeout_sec. */
  silence_grace_sec: Maybe(Type.Integer({ minimum: 0 })),
  /** A requeue asks for this: an earlier attempt may have run. */
  idempotent: Flag,
  max_requeues: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  /** A task that runs longer is ended; 0 = it may run for ever, null = as the server says. */
  max_task_duration_sec: Maybe(Type.Integer({ minimum: 0 })),
})
const View = Type.Object({
  id: Id,
  project_id: Id,
  name: Name,
  app: Text,
  playbook: Text,
  description: Text,
  repository_id: Id,
  inventory_id: Nullable(Id),
  environment_id: Nullable(Id),
  runner_tag: Nullable(Text),
  git_branch: Text,
  type: TemplateType,
  start_version: Text,
  arguments: Text,
  survey_vars: Type.Array(SurveyVar),
  vaults: Type.Array(Vault),
  task_params: TemplateParams,
  allow_override_args_in_task: Type.Boolean(),
  allow_override_branch_in_task: Type.Boolean(),
  allow_parallel_tasks: Type.Boolean(),
  suppress_success_alerts: Type.Boolean(),
  secrets_in_arguments: Type.Boolean(),
  silence_policy: SilencePolicy,
  silence_grace_sec: Nullable(Type.Integer()),
  idempotent: Type.Boolean(),
  max_requeues: Type.Integer(),
  max_task_duration_sec: Nullable(Type.Integer()),
  /** What its owner should know of it, a line each. */
  warnings: Type.Array(Text),
})

export function templateRoutes(app: App, context: HttpContext): void {
  resourceRoutes(app, context, {
    path: 'templates',
    noun: 'template',
    body: Body,
    view: View,
    table: templates,
    sorts: {
      name: 'name',
      playbook: 'playbook',
      inventory: 'inventory_id',
      environment: 'environment_id',
      repository: 'repository_id',
    },
    show: async (_db, row) => ({
      ...row,
      arguments: JSON.stringify(row.arguments),
      warnings: warningsOf(row),
    }),
    async insert(tx, project, body) {
      return await templates.insert(tx, project, await checked(tx, project, body))
    },
    async update(tx, row, body) {
      const { id, project_id, allow_parallel_tasks } = row
      const { silence_policy, silence_grace_sec, idempotent, max_requeues } = row
      const { max_task_duration_sec, secrets_in_arguments } = row
      // Semaphore's clients do not know these and must not reset them.
      await templates.update(
        tx,
        project_id,
        id,
        await checked(tx, project_id, {
          allow_parallel_tasks,
          silence_policy,
          silence_grace_sec,
          idempotent,
          max_requeues,
          max_task_duration_sec,
          secrets_in_arguments,
          ...body,
        }),
      )
    },
    users: (tx, { id }) => templateUsers(tx, id),
  })
}

function warningsOf({ secrets_in_arguments }: NewTemplate): string[] {
  if (!secrets_in_arguments) return []
  return [
    "secrets_in_arguments: secret variables of the environment and secret survey answers are on the command line, where every user and process of the runner's machine can read them while a task runs",
  ]
}

async function checked(
  tx: Tx,
  project: number,
  body: Type.Static<typeof Body>,
): Promise<NewTemplate> {
  const template = templateOf(body)
  if (template.playbook === '' && !isTerraform(template.app)) {
    throw new AppError('invalid', 'playbook: expected at least 1 characters, got ""')
  }
  const { repository_id, inventory_id, environment_id, vaults } = template
  await expectOwned(tx, repositories, project, 'repository_id', repository_id)
  await expectOwned(tx, inventories, project, 'inventory_id', inventory_id)
  await expectOwned(tx, environments, project, 'environment_id', environment_id)
  for (const [index, { vault_key_id }] of vaults.entries()) {
    await expectOwned(tx, keys, project, `vaults.${index}.vault_key_id`, vault_key_id || null)
  }
  return template
}

function templateOf(body: Type.Static<typeof Body>): NewTemplate {
  return {
    name: body.name,
    app: body.app || 'ansible',
    playbook: body.playbook,
    description: body.description ?? '',
    repository_id: body.repository_id,
    inventory_id: body.inventory_id || null,
    environment_id: body.environment_id || null,
    runner_tag: tagOf(body.runner_tag),
    git_branch: body.git_branch ?? '',
    type: body.type ?? '',
    start_version: body.start_version ?? '',
    arguments: textsText('arguments', body.arguments),
    survey_vars: body.survey_vars ?? [],
    vaults: body.vaults ?? [],
    task_params: body.task_params ?? {},
    allow_override_args_in_task: body.allow_override_args_in_task ?? false,
    allow_override_branch_in_task: body.allow_override_branch_in_task ?? false,
    allow_parallel_tasks: body.allow_parallel_tasks ?? true,
    suppress_success_alerts: body.suppress_success_alerts ?? false,
    secrets_in_arguments: body.secrets_in_arguments ?? false,
    silence_policy: body.silence_policy ?? 'fail',
    silence_grace_sec: body.silence_grace_sec ?? null,
    idempotent: body.idempotent ?? false,
    max_requeues: body.max_requeues ?? 1,
    max_task_duration_sec: body.max_task_duration_sec ?? null,
  }
}
