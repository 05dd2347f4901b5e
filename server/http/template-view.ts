/** A template as the API shows it. */
import Type from 'typebox'
import type { Knex } from '../store/owned.ts'
import { lastTasks } from '../store/tasks.ts'
import type { TemplateRow } from '../store/templates.ts'
import { Id, Name, Nullable, orNull, Text } from './fields.ts'
import { TaskView, taskViews } from './task-view.ts'
import { Artifacts, SilencePolicy, SurveyVar, TemplateType, Vault } from './template-body.ts'
import { TemplateParams } from './template-params.ts'

/** Its id tells it from the others of its template. */
const VaultView = Type.Object({ id: Id, ...Vault.properties, script: Text })

export const TemplateView = Type.Object({
  id: Id,
  project_id: Id,
  name: Name,
  app: Text,
  playbook: Text,
  working_directory: Type.Null(),
  executor_image: Type.Literal(''),
  description: Text,
  repository_id: Id,
  inventory_id: Nullable(Id),
  environment_id: Nullable(Id),
  environment_ids: Type.Array(Id),
  view_id: Nullable(Id),
  runner_tag: Nullable(Text),
  git_branch: Text,
  type: TemplateType,
  start_version: Text,
  build_template_id: Nullable(Id),
  autorun: Type.Boolean(),
  arguments: Text,
  survey_vars: Type.Array(SurveyVar),
  vaults: Type.Array(VaultView),
  /** null = none, as in Semaphore, whose clients ask no more. */
  task_params: Nullable(TemplateParams),
  artifacts: Artifacts,
  allow_override_args_in_task: Type.Boolean(),
  allow_override_branch_in_task: Type.Boolean(),
  allow_parallel_tasks: Type.Boolean(),
  suppress_success_alerts: Type.Boolean(),
  suppress_error_alerts: Type.Boolean(),
  secrets_in_arguments: Type.Boolean(),
  silence_policy: SilencePolicy,
  silence_grace_sec: Nullable(Type.Integer()),
  idempotent: Type.Boolean(),
  max_requeues: Type.Integer(),
  max_task_duration_sec: Nullable(Type.Integer()),
  /** null = it has had none. */
  last_task: Nullable(TaskView),
  /** What its owner should know of it, a line each. */
  warnings: Type.Array(Text),
})

export type TemplateView = Type.Static<typeof TemplateView>

export async function templateViewsOf(
  db: Knex,
  rows: readonly TemplateRow[],
): Promise<TemplateView[]> {
  const ids = rows.map(({ id }) => id)
  const last = await taskViews(db, await lastTasks(db, ids))
  const lastOf = new Map(last.map((task) => [task.template_id, task]))
  return rows.map((row) => ({
    ...row,
    last_task: lastOf.get(row.id) ?? null,
    environment_ids: row.environment_id === null ? [] : [row.environment_id],
    arguments: JSON.stringify(row.arguments),
    vaults: row.vaults.map((vault, at) => ({ ...vault, id: at + 1, script: vault.script ?? '' })),
    task_params: orNull(row.task_params),
    working_directory: null,
    executor_image: '',
    warnings: warningsOf(row),
  }))
}

function warningsOf({ secrets_in_arguments }: TemplateRow): string[] {
  if (!secrets_in_arguments) return []
  return [
    "secrets_in_arguments: secret variables of the environment and secret survey answers are on the command line, where every user and process of the runner's machine can read them while a task runs",
  ]
}
