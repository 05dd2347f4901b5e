/** The job of one attempt: all that its runner needs, read and decrypted only when it is granted. */
import type { Knex } from 'knex'
import { isTerraform } from '../../broker/apps.ts'
import type { ArtifactWish } from '../../broker/artifacts.ts'
import type { Job } from '../../broker/job.ts'
import { AppError } from '../../lib/errors.ts'
import type { Cipher } from './cipher.ts'
import { openEnvironment } from './environments.ts'
import { openInventory } from './inventories.ts'
import { kept } from './kept-text.ts'
import { openRepository } from './repositories.ts'
import { openTaskSecrets, type TaskRow } from './tasks.ts'
import { findTemplateOf, openVaults, type SurveyVar, type TemplateRow } from './templates.ts'

export interface JobSource {
  db: Knex
  cipher: Cipher
  /** How people reach the server; the task's page lies below it. */
  webHost: string
  /** Where the template does not say; 0 = no limit. */
  maxDurationSec: number
  /** What may come back of one task. */
  artifacts: { max_file_mb: number; max_total_mb: number; max_files: number }
}

/** What a task may switch for itself; Semaphore's `params`. */
interface Params {
  limit?: string[]
  tags?: string[]
  skip_tags?: string[]
  skip_galaxy_install?: boolean
  debug?: boolean
  debug_level?: number
  dry_run?: boolean
  diff?: boolean
  plan?: boolean
  destroy?: boolean
  auto_approve?: boolean
  upgrade?: boolean
  reconfigure?: boolean
}

/** Semaphore's `task_params` of a template of Terraform and its kin. */
interface TerraformParams {
  allow_destroy?: boolean
  allow_auto_approve?: boolean
  auto_approve?: boolean
  override_backend?: boolean
  backend_filename?: string
}

/** @throws AppError `not_found` if something that the job needs is gone. */
export async function readJob(source: JobSource, task: number, attempt: number): Promise<Job> {
  const { db, cipher } = source
  const [row, template] = await Promise.all([findNamedTask(db, task), findTemplateOf(db, task)])
  const inventory = row.inventory_id ?? template.inventory_id
  return {
    app: template.app,
    project: { id: row.project_id, name: row.project_name },
    template: { id: template.id, name: template.name, type: template.type },
    task: detailsOf(source, row, attempt),
    playbook: row.playbook || template.playbook,
    repository: await openRepository(db, cipher, template.repository_id),
    inventory: inventory === null ? null : await openInventory(db, cipher, inventory),
    git_branch: row.git_branch || template.git_branch,
    commit_hash: row.commit_hash ?? '',
    ...(await inputsOf(source, row, template)),
    secrets_in_arguments: template.secrets_in_arguments,
    vaults: await openVaults(db, cipher, template),
    template_arguments: template.arguments,
    task_arguments: JSON.parse(row.arguments),
    ...(template.artifacts.length > 0 && {
      artifacts: wishOf(template.artifacts, source.artifacts),
    }),
    max_duration_sec: template.max_task_duration_sec ?? source.maxDurationSec,
    ...switchesOf({ ...template.task_params, ...JSON.parse(row.params) }),
    ...(isTerraform(template.app) && {
      terraform: terraformOf(template.task_params, JSON.parse(row.params)),
    }),
  }
}

function wishOf(globs: string[], limits: JobSource['artifacts']): ArtifactWish {
  const { max_file_mb, max_total_mb, max_files } = limits
  return { globs, max_file: max_file_mb * mb, max_total: max_total_mb * mb, max_files }
}

const mb = 1_000_000

type NamedTask = TaskRow & { project_name: string; username: string | null }

const namedTasks = kept<{ id: number }, NamedTask>((db, { id }) =>
  db('tasks')
    .join('projects', 'projects.id', 'tasks.project_id')
    .leftJoin('users', 'users.id', 'tasks.user_id')
    .where('tasks.id', id)
    .select('tasks.*', 'projects.name as project_name', 'users.login as username'),
)

async function findNamedTask(db: Knex, id: number): Promise<NamedTask> {
  const [row] = await namedTasks(db, { id })
  if (row === undefined) throw new AppError('not_found', `task ${id}: not found`)
  return row
}

function detailsOf({ webHost }: JobSource, row: NamedTask, attempt: number): Job['task'] {
  return {
    id: row.id,
    attempt,
    username: row.username ?? '',
    url: `${webHost}/project/${row.project_id}/templates/${row.template_id}/tasks/${row.id}`,
    message: row.message,
    incoming_version: row.incoming_version,
    target_version: row.version,
  }
}

/** The environment, with what the task adds to it: its own variables, survey answers and secrets. */
async function inputsOf(
  { db, cipher }: JobSource,
  row: TaskRow,
  template: TemplateRow,
): Promise<Pick<Job, 'variables' | 'env' | 'secrets'>> {
  const base =
    template.environment_id === null
      ? { variables: {}, env: {}, secrets: [] }
      : await openEnvironment(db, cipher, template.environment_id)
  const forEnv = new Set(template.survey_vars.filter(toEnvironment).map(({ name }) => name))
  const own: [string, unknown][] = Object.entries(JSON.parse(row.environment || '{}'))
  const secrets = Object.entries(openTaskSecrets(cipher, row))
  return {
    variables: {
      ...base.variables,
      ...Object.fromEntries(own.filter(([name]) => !forEnv.has(name))),
    },
    env: {
      ...base.env,
      ...Object.fromEntries(
        own.filter(([name]) => forEnv.has(name)).map(([name, value]) => [name, textOf(value)]),
      ),
    },
    secrets: [
      ...base.secrets,
      ...secrets.map(([name, value]) => ({
        name,
        type: forEnv.has(name) ? ('env' as const) : ('var' as const),
        value,
      })),
    ],
  }
}

/** As a process sees it: a list is written as JSON. */
function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

function toEnvironment({ target }: SurveyVar): boolean {
  return target === 'env'
}

function switchesOf(params: Params) {
  const { debug = false, debug_level = 4 } = params
  return {
    limit: params.limit ?? [],
    tags: params.tags ?? [],
    skip_tags: params.skip_tags ?? [],
    ...(params.skip_galaxy_install && { skip_galaxy_install: true }),
    // Semaphore's `debug` is -vvvv unless a level from 1 is given.
    verbosity: debug ? Math.min(6, debug_level < 1 ? 4 : debug_level) : 0,
    dry_run: params.dry_run ?? false,
    diff: params.diff ?? false,
  }
}

/** What changes more than a plan must be allowed by the template itself. */
function terraformOf(
  allowed: TemplateRow['task_params'],
  { plan = false, destroy = false, auto_approve = false, upgrade, reconfigure }: Params,
): NonNullable<Job['terraform']> {
  const template = allowed as TerraformParams
  return {
    plan,
    destroy: destroy && Boolean(template.allow_destroy),
    auto_approve: Boolean(template.auto_approve || (auto_approve && template.allow_auto_approve)),
    upgrade: upgrade ?? false,
    reconfigure: reconfigure ?? false,
    override_backend: template.override_backend ?? false,
    backend_filename: template.backend_filename ?? '',
  }
}
