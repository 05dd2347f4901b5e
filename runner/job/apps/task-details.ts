/** What Semaphore tells a task about itself. */
import type { AppInput } from './app.ts'

export type TaskDetails = Record<string, string | number>

/** `semaphore_vars.task_details`; what is not known is left out. */
export function taskDetails({ job, commit }: Pick<AppInput, 'job' | 'commit'>): TaskDetails {
  const { task, template, inventory, repository } = job
  const details: Record<string, string | number | undefined> = {
    id: task.id,
    username: task.username,
    url: task.url,
    message: task.message,
    commit_hash: commit?.hash,
    commit_message: commit?.message,
    inventory_name: inventory?.name,
    inventory_id: inventory?.id,
    repository_name: repository.name,
    repository_id: repository.id,
    type: template.type,
    incoming_version: task.incoming_version,
    target_version: task.target_version,
  }
  return Object.fromEntries(
    Object.entries(details).filter((entry): entry is [string, string | number] =>
      Boolean(entry[1]),
    ),
  )
}

/** The same for a script: values quoted for a shell when they need it, as Semaphore 2.18 does. */
export function taskDetailsEnv(details: TaskDetails): Record<string, string> {
  const pairs = Object.entries(details).map(([name, value]) => [
    `SEMAPHORE_TASK_DETAILS_${name.toUpperCase()}`,
    shellQuoted(String(value)),
  ])
  return Object.fromEntries(pairs)
}

function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
