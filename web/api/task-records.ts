/** What the API answers of tasks, as far as the page reads it. */

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
  integration_id: number | null
  status: TaskStatus
  message: string
  commit_hash: string | null
  commit_message: string | null
  git_branch: string
  inventory_id: number | null
  environment: string
  arguments: string
  params: object
  version: string
  build_task_id: number | null
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
/** What may be asked for a task, beside its template. */
export interface TaskChoices {
  message?: string
  git_branch?: string
  inventory_id?: number | null
  /** JSON text of an array. */
  arguments?: string
  /** JSON text of an object. */
  environment?: string
  params?: object
  /** Which build a deployment deploys. */
  build_task_id?: number | null
}
/** A file that a task brought back, or that it was to. */
export interface Artifact {
  id: number
  name: string
  bytes: number
  /** Why it cannot be downloaded. */
  problem: string | null
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

const final: readonly TaskStatus[] = ['success', 'error', 'stopped']
export const isOver = ({ status }: Pick<Task, 'status'>) => final.includes(status)
