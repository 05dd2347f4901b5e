/** What Semaphore tells a task about itself. */
import type { AppInput } from './app.ts'

export type TaskDetails = Record<string, string | number | null>

/**
 * `semaphore_vars.task_details`. Playbooks rely on what is always there, empty or not; the rest is
 * left out where it has no value.
 */
export function taskDetails({ job, commit }: Pick<AppInput, 'job' | 'commit'>): TaskDetails {
  const { task, template, inventory, repository } = job
  const { type } = template
  const optional = {
    message: task.message,
    type,
    incoming_version: type === '' ? '' : task.incoming_version,
    target_version: type === 'build' ? task.target_version : '',
  }
  return {
    id: task.id,
    username: task.username,
    url: task.url,
    commit_hash: commit?.hash ?? null,
    commit_message: commit?.message ?? '',
    inventory_name: inventory?.name ?? '',
    inventory_id: inventory?.id ?? 0,
    repository_name: repository.name,
    repository_id: repository.id,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== '')),
  }
}

/**
 * The same for a script, without what is empty: values quoted for a shell when they need it, as
 * Semaphore 2.18 does.
 */
export function taskDetailsEnv(details: TaskDetails): Record<string, string> {
  const known = Object.entries(details).filter(([, value]) => Boolean(value))
  const pairs = known.map(([name, value]) => [
    `SEMAPHORE_TASK_DETAILS_${name.toUpperCase()}`,
    shellQuoted(String(value)),
  ])
  return Object.fromEntries(pairs)
}

function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
