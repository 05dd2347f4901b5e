/** What the API answers, as far as the page reads it. The whole of it: /api/openapi.json. */
import type { TaskChoices } from './task-records.ts'

export interface User {
  id: number
  username: string
  name: string
  email: string
  admin: boolean
}
export interface Project {
  id: number
  name: string
}
export interface Alarm {
  kind: string
  text: string
}
export interface Runner {
  id: number
  project_id: number | null
  name: string
  max_parallel_tasks: number
  active: boolean
  tags: string[]
  is_default: boolean
  status: 'online' | 'offline'
  version: string | null
  os: string | null
  host: string | null
  address: string | null
  started_at: string | null
  round_trip_ms: number | null
  running_tasks: number
  /** null = no limit. */
  free_slots: number | null
  created: string
  touched: string | null
  alarms: Alarm[]
}
export interface RunnerLink {
  runner_id: number
  /** How often its link was lost in the last 24 hours. */
  flaps: number
  /** Of its messages since midnight in UTC. */
  bytes: number
}
export interface Connection {
  start: string
  /** null = it is still there. */
  end: string | null
  cause: 'lost' | 'replaced' | 'server' | null
}

export interface SurveyVar {
  name: string
  title?: string
  description?: string
  type?: '' | 'int' | 'enum' | 'secret' | 'text' | 'string' | 'integer'
  required?: boolean
  default_value?: string
  values?: { name: string; value: string }[]
}
export interface Named {
  id: number
  name: string
}
export interface Template extends Named {
  type: '' | 'build' | 'deploy'
  /** Whose builds a deployment deploys. */
  build_template_id: number | null
  view_id: number | null
  app: string
  playbook: string
  description: string
  repository_id: number
  inventory_id: number | null
  environment_id: number | null
  git_branch: string
  runner_tag: string | null
  survey_vars: SurveyVar[] | null
  task_params: Record<string, unknown> | null
  allow_override_branch_in_task: boolean
  allow_override_args_in_task: boolean
  /** Lines for its owner. */
  warnings: string[]
}
/** What runs a template: built in, or the server's own. */
export interface App {
  id: string
  title: string
  /** Higher ones come first. */
  priority: number
  /** false: its tasks are refused. */
  active: boolean
}
export interface Key extends Named {
  type: 'none' | 'ssh' | 'login_password' | 'string'
}
export interface Repository extends Named {
  git_url: string
  git_branch: string
  ssh_key_id: number
}
export interface Inventory extends Named {
  type: string
  inventory: string
  ssh_key_id: number | null
  runner_tag: string | null
}
export interface Environment extends Named {
  json: string
  env: string
  secrets: { id: number; name: string; type: 'var' | 'env' }[]
}

export interface Webhook extends Named {
  url: string
  active: boolean
  /** Why the server switched it off. */
  disabled_reason: string | null
}
export interface Delivery {
  id: number
  event: string
  task_id: number | null
  state: 'pending' | 'delivered' | 'failed'
  tries: number
  next_try: string | null
  last_status: number | null
  last_error: string | null
  /** The beginning of what was answered. */
  last_answer: string | null
  created: string
}

/** Lets another service start tasks. */
export interface Integration extends Named {
  template_id: number
  auth_method: 'none' | 'token' | 'hmac' | 'github' | 'bitbucket' | 'basic'
  auth_secret_id: number | null
  auth_header: string
  /** The addresses of the project lead to it as well. */
  searchable: boolean
  task_params: TaskChoices
}
/** Where something stands in a request of another service. */
export interface PartOfRequest extends Named {
  body_data_type: '' | 'json' | 'string'
  key: string
}
export interface Matcher extends PartOfRequest {
  match_type: 'header' | 'body'
  method: 'equals' | 'unequals' | 'contains'
  value: string
}
export interface ExtractedValue extends PartOfRequest {
  value_source: 'header' | 'body'
  variable: string
  variable_type: 'environment' | 'task'
}
export interface Alias {
  id: number
  url: string
}

/** What somebody did. */
export interface Deed {
  id: number
  created: string
  project_id: number | null
  project_name: string | null
  /** As the user was called then; empty = nobody who has signed in. */
  username: string
  object_type: string
  object_id: number | null
  description: string
}

export interface Member extends Named {
  username: string
  role: 'owner' | 'manager' | 'task_runner' | 'guest'
}
export interface Token {
  /** The token itself in the answer that made it; after that only its first characters. */
  id: string
  name: string
  created: string
  expired: boolean
}

export interface Schedule extends Named {
  template_id: number
  tpl_name: string
  /** run_at: once. */
  type: '' | 'run_at'
  cron_format: string
  timezone: string | null
  run_at: string | null
  active: boolean
  next_run: string | null
  last_run: string | null
  /** Why the last time that came brought no task. */
  trouble: string | null
  task_params: TaskChoices
}

/** A tab under which templates are shown; `all`: every one. */
export interface TemplateView {
  id: number
  title: string
  position: number
  hidden: boolean
  type: '' | 'all'
}

export const nameOf = ({ id, name }: Pick<Runner, 'id' | 'name'>) => name || `runner-${id}`
