/** Templates: what a task runs. The API's arrays and objects are JSON text in their columns. */
import type { Knex } from 'knex'
import type { Job } from '../../broker/job.ts'
import { isFinal, taskStatuses } from '../../broker/states.ts'
import { AppError } from '../../lib/errors.ts'
import type { SilencePolicy } from '../core/silence.ts'
import type { Cipher } from './cipher.ts'
import type { Tx } from './commit.ts'
import { kept } from './kept-text.ts'
import { openKey } from './keys.ts'
import { type OwnedRow, ownedTable } from './owned.ts'
import { type Reference, referring } from './references.ts'

/** Asked when a task starts. */
export interface SurveyVar {
  name: string
  title?: string
  description?: string
  /** Empty = a line of text. */
  type?: '' | 'int' | 'enum' | 'secret' | 'text' | 'string' | 'integer'
  /** Where its value goes: empty = extra variable, env = environment of the process. */
  target?: '' | 'env'
  required?: boolean
  default_value?: string
  values?: { name: string; value: string }[]
}

/** An Ansible vault password: from a key, or by a script in the repository. */
export interface TemplateVault {
  name?: string | null
  type?: 'password' | 'script'
  vault_key_id?: number | null
  script?: string | null
}

interface JsonColumns {
  /** Patterns of the files that its tasks bring back. */
  artifacts: string[]
  /** Command-line arguments. */
  arguments: string[]
  survey_vars: SurveyVar[]
  vaults: TemplateVault[]
  /** Defaults of a task's `params`. */
  task_params: Record<string, unknown>
}

export interface TemplateRow extends OwnedRow, JsonColumns {
  description: string
  app: string
  playbook: string
  repository_id: number
  inventory_id: number | null
  environment_id: number | null
  /** Under which tab it is shown; null = only under that of all. */
  view_id: number | null
  /** Only a runner that has it; null = no tag asked for. */
  runner_tag: string | null
  git_branch: string
  type: Job['template']['type']
  start_version: string
  /** Of a deploy template: whose builds it deploys. */
  build_template_id: number | null
  /** It starts by itself after a successful build. */
  autorun: boolean
  allow_override_args_in_task: boolean
  allow_override_branch_in_task: boolean
  allow_parallel_tasks: boolean
  suppress_success_alerts: boolean
  suppress_error_alerts: boolean
  /** Secret variables are arguments, as Semaphore has them, and seen by all on the runner's machine. */
  secrets_in_arguments: boolean
  silence_policy: SilencePolicy
  /** null = the server's own setting. */
  silence_grace_sec: number | null
  idempotent: boolean
  max_requeues: number
  /** 0 = for ever; null = the server's own setting. */
  max_task_duration_sec: number | null
}

export type NewTemplate = Omit<TemplateRow, 'id' | 'project_id'>

type StoredRow = Omit<TemplateRow, keyof JsonColumns> & Record<keyof JsonColumns, string>

const stored = ownedTable<StoredRow>('templates')

export const templates = {
  ...stored,
  async list(...query: Parameters<typeof stored.list>): Promise<TemplateRow[]> {
    return (await stored.list(...query)).map(templateOf)
  },
  async find(db: Knex, project: number, id: number): Promise<TemplateRow | undefined> {
    const row = await stored.find(db, project, id)
    return row && templateOf(row)
  },
  insert: (tx: Tx, project: number, template: NewTemplate) =>
    stored.insert(tx, project, columns(template)),
  async update(tx: Tx, project: number, id: number, template: NewTemplate): Promise<void> {
    await stored.update(tx, project, id, columns(template))
    tx.emit({ kind: 'rules' })
  },
}

/** Of all projects. */
export function templateIds(db: Knex): Promise<number[]> {
  return db('templates').orderBy('id').pluck('id')
}

const ofTask = kept<{ task: number }, StoredRow>((db, { task }) =>
  db('templates')
    .join('tasks', 'tasks.template_id', 'templates.id')
    .where('tasks.id', task)
    .select('templates.*'),
)

/** The template that a task runs. @throws AppError `not_found` */
export async function findTemplateOf(db: Knex, task: number): Promise<TemplateRow> {
  const [row] = await ofTask(db, { task })
  if (row === undefined) throw new AppError('not_found', `task ${task}: not found`)
  return templateOf(row)
}

/** @throws AppError `invalid` if no template or more than one of the project has this name. */
export async function findTemplateByName(
  db: Knex,
  project: number,
  name: string,
): Promise<TemplateRow> {
  const rows: StoredRow[] = await db('templates').where({ project_id: project, name }).limit(2)
  if (rows.length === 1) return templateOf(rows[0] as StoredRow)
  const got = rows.length === 0 ? 'none' : 'several'
  throw new AppError('invalid', `template_name: expected one template ${name}, got ${got}`)
}

/** Templates that deploy each successful build of this one by themselves. */
export async function autorunDeploys(db: Knex, build: number): Promise<TemplateRow[]> {
  const rows: StoredRow[] = await db('templates').where({
    build_template_id: build,
    type: 'deploy',
    autorun: true,
  })
  return rows.map(templateOf)
}

/** What lists of tasks show of their templates. */
export type TemplateLabel = Pick<TemplateRow, 'id' | 'name' | 'playbook' | 'app' | 'type'>

export async function templateLabels(
  db: Knex,
  ids: readonly number[],
): Promise<Map<number, TemplateLabel>> {
  const rows = await db('templates')
    .whereIn('id', [...new Set(ids)])
    .select('id', 'name', 'playbook', 'app', 'type')
  return new Map(rows.map((row) => [row.id, row]))
}

/** Schedules, integrations, deploy templates, and tasks that are not over, each with its status. */
export async function templateReferences(db: Knex, id: number): Promise<Reference[]> {
  const tasks = await db('tasks')
    .where({ template_id: id })
    .whereNotIn('status', taskStatuses.filter(isFinal))
    .select('id', 'status')
  return [
    ...tasks.map(({ id, status }) => ({ kind: 'tasks' as const, id, name: `${id} (${status})` })),
    ...(await referring(db, 'schedules', ['template_id'], id)),
    ...(await referring(db, 'templates', ['build_template_id'], id)),
    ...(await referring(db, 'integrations', ['template_id'], id)),
  ]
}

/** The vaults with their passwords, as a job carries them. */
export async function openVaults(
  db: Knex,
  cipher: Cipher,
  template: Pick<TemplateRow, 'vaults'>,
): Promise<Job['vaults']> {
  const opened: Job['vaults'] = []
  for (const { name = null, type = 'password', vault_key_id, script } of template.vaults) {
    if (type === 'script') {
      opened.push({ name, type, script: script ?? '' })
      continue
    }
    const key = await openKey(db, cipher, vault_key_id ?? null)
    opened.push({ name, type, password: passwordOf(key) })
  }
  return opened
}

function passwordOf(key: Job['repository']['key']): string {
  if (key.type === 'login_password') return key.password
  return key.type === 'string' ? key.string : ''
}

function columns(template: NewTemplate): Omit<StoredRow, 'id' | 'project_id'> {
  return {
    ...template,
    artifacts: JSON.stringify(template.artifacts),
    arguments: JSON.stringify(template.arguments),
    survey_vars: JSON.stringify(template.survey_vars),
    vaults: JSON.stringify(template.vaults),
    task_params: JSON.stringify(template.task_params),
  }
}

/** SQLite answers booleans as 0 and 1. */
function templateOf(row: StoredRow): TemplateRow {
  return {
    ...row,
    artifacts: JSON.parse(row.artifacts),
    arguments: JSON.parse(row.arguments),
    survey_vars: JSON.parse(row.survey_vars),
    vaults: JSON.parse(row.vaults),
    task_params: JSON.parse(row.task_params),
    allow_override_args_in_task: Boolean(row.allow_override_args_in_task),
    allow_override_branch_in_task: Boolean(row.allow_override_branch_in_task),
    allow_parallel_tasks: Boolean(row.allow_parallel_tasks),
    autorun: Boolean(row.autorun),
    suppress_success_alerts: Boolean(row.suppress_success_alerts),
    suppress_error_alerts: Boolean(row.suppress_error_alerts),
    secrets_in_arguments: Boolean(row.secrets_in_arguments),
    idempotent: Boolean(row.idempotent),
  }
}
