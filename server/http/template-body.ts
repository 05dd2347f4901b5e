/** What a request says of a template, and the row that it becomes. */
import Type from 'typebox'
import { longestName } from '../../broker/artifacts.ts'
import { AppError } from '../../lib/errors.ts'
import type { NewTemplate } from '../store/templates.ts'
import {
  Id,
  IdOrNone,
  Maybe,
  MaybeId,
  Name,
  PathIds,
  RunnerTag,
  Text,
  tagOf,
  withoutNulls,
} from './fields.ts'
import { textsText } from './json-text.ts'
import { TemplateParams } from './template-params.ts'

export const SilencePolicy = Type.Enum(['fail', 'wait', 'requeue'])
export const TemplateType = Type.Enum(['', 'build', 'deploy'])
const SurveyValues = Type.Array(Type.Object({ name: Text, value: Text }))
export const SurveyVar = Type.Object({
  name: Name,
  title: Type.Optional(Text),
  description: Type.Optional(Text),
  /** `string` and `integer` are what its Terraform provider calls '' and `int`. */
  type: Type.Optional(Type.Enum(['', 'int', 'enum', 'secret', 'text', 'string', 'integer'])),
  target: Type.Optional(Type.Enum(['', 'env'])),
  required: Type.Optional(Type.Boolean()),
  default_value: Type.Optional(Text),
  values: Type.Optional(SurveyValues),
})
/** Clients written in Go send null for no values. */
const GivenSurveyVar = Type.Object({ ...SurveyVar.properties, values: Maybe(SurveyValues) })
export const Vault = Type.Object({
  name: Maybe(Text),
  type: Type.Optional(Type.Enum(['password', 'script'])),
  vault_key_id: MaybeId,
  script: Maybe(Text),
})
/** Patterns of the files that its tasks bring back, as paths below the repository. */
export const Artifacts = Type.Array(Type.String({ minLength: 1, maxLength: longestName }), {
  maxItems: 100,
})
const Flag = Type.Optional(Type.Boolean())
export const TemplateBody = Type.Object({
  ...PathIds,
  name: Name,
  app: Maybe(Type.String({ maxLength: 64, pattern: '^[a-z0-9_-]*$' })),
  /** Of Terraform and its kin: a folder, and none is the top of the repository. */
  playbook: Type.String({ maxLength: 4096 }),
  /** Ansible runs at the top of the repository, and runners start processes, not containers. */
  working_directory: Maybe(Type.Enum(['', '.'])),
  executor_image: Maybe(Type.Enum([''])),
  description: Maybe(Text),
  repository_id: Id,
  inventory_id: MaybeId,
  environment_id: MaybeId,
  /** Newer clients say it so; there is one at most. */
  environment_ids: Maybe(Type.Array(IdOrNone, { maxItems: 1 })),
  view_id: MaybeId,
  /** Only a runner that has this tag. */
  runner_tag: Maybe(RunnerTag),
  git_branch: Maybe(Type.String({ maxLength: 255 })),
  type: Maybe(TemplateType),
  start_version: Maybe(Type.String({ maxLength: 255 })),
  /** Of a deploy template: whose builds it deploys, and whether each by itself. */
  build_template_id: MaybeId,
  autorun: Maybe(Type.Boolean()),
  /** JSON text of an array of command-line arguments. */
  arguments: Maybe(Text),
  survey_vars: Maybe(Type.Array(GivenSurveyVar, { maxItems: 1000 })),
  vaults: Maybe(Type.Array(Vault, { maxItems: 100 })),
  /** What a task's `params` are when it names none. */
  task_params: Maybe(TemplateParams),
  artifacts: Maybe(Artifacts),
  allow_override_args_in_task: Flag,
  allow_override_branch_in_task: Flag,
  /** Otherwise its tasks run one after the other, as Semaphore has it. */
  allow_parallel_tasks: Flag,
  suppress_success_alerts: Flag,
  suppress_error_alerts: Flag,
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
export type TemplateBody = Type.Static<typeof TemplateBody>

/** @throws AppError `invalid` */
export function templateOf(body: TemplateBody): NewTemplate {
  return {
    name: body.name,
    app: body.app || 'ansible',
    playbook: body.playbook,
    description: body.description ?? '',
    repository_id: body.repository_id,
    inventory_id: body.inventory_id || null,
    environment_id: environmentOf(body),
    view_id: body.view_id || null,
    runner_tag: tagOf(body.runner_tag),
    git_branch: body.git_branch ?? '',
    type: body.type ?? '',
    start_version: body.start_version ?? '',
    build_template_id: (body.type === 'deploy' && body.build_template_id) || null,
    autorun: body.autorun ?? false,
    arguments: textsText('arguments', body.arguments),
    survey_vars: (body.survey_vars ?? []).map(withoutNulls),
    vaults: body.vaults ?? [],
    task_params: body.task_params ?? {},
    artifacts: (body.artifacts ?? []).map(expectBelow),
    allow_override_args_in_task: body.allow_override_args_in_task ?? false,
    allow_override_branch_in_task: body.allow_override_branch_in_task ?? false,
    allow_parallel_tasks: body.allow_parallel_tasks ?? false,
    suppress_success_alerts: body.suppress_success_alerts ?? false,
    suppress_error_alerts: body.suppress_error_alerts ?? false,
    secrets_in_arguments: body.secrets_in_arguments ?? false,
    silence_policy: body.silence_policy ?? 'fail',
    silence_grace_sec: body.silence_grace_sec ?? null,
    idempotent: body.idempotent ?? false,
    max_requeues: body.max_requeues ?? 1,
    max_task_duration_sec: body.max_task_duration_sec ?? null,
  }
}

/** A runner never leaves the repository, whatever the pattern: this tells whoever expects that it does. */
function expectBelow(pattern: string, index: number): string {
  const leaves = pattern.startsWith('/') || pattern.split('/').includes('..')
  if (!leaves && !pattern.includes('\0')) return pattern
  throw new AppError(
    'invalid',
    `artifacts.${index}: expected a path below the repository such as "reports/*.xml", got ${JSON.stringify(pattern)}`,
  )
}

/** Who says both means the first. */
function environmentOf({ environment_id, environment_ids }: TemplateBody): number | null {
  return (environment_id === undefined ? environment_ids?.[0] : environment_id) || null
}
