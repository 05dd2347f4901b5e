import type { Store } from '../store/open.ts'
import { insertTask, type NewTask, type TaskRow } from '../store/tasks.ts'

/** Puts a task in the queue; the dispatcher wakes at the commit. @returns it, with status `waiting`. */
export function startTask(store: Store, task: NewTask): Promise<TaskRow> {
  return store.commit(async (tx) => {
    const row = await insertTask(tx.db, task)
    const { id, project_id: project, template_id: template, status } = row
    tx.emit({ kind: 'task', task: id, project, template, status })
    return row
  })
}
