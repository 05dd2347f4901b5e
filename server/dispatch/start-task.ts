import { type AskedTask, versionsOf } from '../store/builds.ts'
import { type Also, nothingElse, type Tx } from '../store/commit.ts'
import type { Store } from '../store/open.ts'
import { insertTask, type TaskRow } from '../store/tasks.ts'

/**
 * Puts a task in the queue. The dispatcher is woken at once, so that its look at the queue joins the same
 * group commit: task and offer cost one fsync. @returns the task, with status `waiting`.
 */
export function startTask(
  store: Store,
  task: AskedTask,
  also: Also<TaskRow> = nothingElse,
): Promise<TaskRow> {
  const started = store.commit(async (tx) => {
    const row = await enqueueTask(tx, task)
    await also(tx, row)
    return row
  })
  store.changes.emit([{ kind: 'arriving' }])
  return started
}

/** As `startTask`, in a transaction of the caller, who wakes the dispatcher. */
export async function enqueueTask(tx: Tx, task: AskedTask): Promise<TaskRow> {
  const row = await insertTask(tx.db, { ...task, ...(await versionsOf(tx.db, task)) })
  const { id, project_id: project, template_id: template, status } = row
  tx.emit({ kind: 'task', task: id, project, template, status })
  return row
}
