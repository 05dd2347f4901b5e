import type { Cipher } from '../store/cipher.ts'
import type { Knex } from '../store/owned.ts'
import type { ScheduleRow } from '../store/schedules.ts'
import type { NewTask } from '../store/tasks.ts'
import { taskOf } from './task-request.ts'

/** The task that a schedule asks for, as if a person did. @throws AppError `invalid`, as for a person */
export async function scheduledTask(
  parts: { db: Knex; cipher: Cipher },
  {
    project_id,
    template_id,
    task_params,
  }: Pick<ScheduleRow, 'project_id' | 'template_id' | 'task_params'>,
): Promise<Omit<NewTask, 'created'>> {
  return (await taskOf(parts, project_id, { ...task_params, template_id })).task
}
