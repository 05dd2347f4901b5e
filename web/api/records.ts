/** What the API answers, as far as the page reads it. The whole of it: /api/openapi.json. */

export interface User {
  id: number
  username: string
  name: string
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
  host: string | null
  created: string
  touched: string | null
  alarms: Alarm[]
}

export type TaskStatus =
  | 'waiting'
  | 'starting'
  | 'running'
  | 'unreachable'
  | 'waiting_confirmation'
  | 'confirmed'
  | 'rejected'
  | 'stopping'
  | 'success'
  | 'error'
  | 'stopped'

export interface Task {
  id: number
  project_id: number
  template_id: number
  tpl_alias: string
  tpl_app: string
  user_name: string | null
  status: TaskStatus
  message: string
  commit_hash: string | null
  commit_message: string | null
  git_branch: string
  environment: string
  arguments: string
  params: object
  created: string
  start: string | null
  end: string | null
  attempt: number
  runner_id: number | null
  unreachable_since: string | null
  held: string | null
  exit_code: number | null
  reason: string | null
}
export interface HostRecap {
  host: string
  ok: number
  changed: number
  unreachable: number
  failed: number
  skipped: number
  rescued: number
  ignored: number
}
export interface ChangeCounts {
  import: number
  add: number
  change: number
  destroy: number
}
export type Summary =
  | { kind: 'ansible'; total: Omit<HostRecap, 'host'> & { hosts: number }; hosts: HostRecap[] }
  | { kind: 'terraform'; planned: ChangeCounts; applied: ChangeCounts | null }
export interface TaskDetail extends Task {
  summary: Summary | null
}
export interface Finding {
  code: string
  text: string
}
export interface SurveyVar {
  name: string
  title?: string
  description?: string
  type?: '' | 'int' | 'enum' | 'secret' | 'text'
  required?: boolean
  default_value?: string
  values?: { name: string; value: string }[]
}
export interface Template {
  id: number
  name: string
  app: string
  playbook: string
  survey_vars: SurveyVar[] | null
  allow_override_branch_in_task: boolean
}
/** Keys, repositories, inventories and environments alike. */
export interface Named {
  id: number
  name: string
}

const final: readonly TaskStatus[] = ['success', 'error', 'stopped']
export const isOver = ({ status }: Pick<Task, 'status'>) => final.includes(status)
export const nameOf = ({ id, name }: Pick<Runner, 'id' | 'name'>) => name || `runner-${id}`
