import type { AskedTask } from '../store/builds.ts'
import type { Cipher } from '../store/cipher.ts'
import type { Knex } from '../store/owned.ts'
import type { ScheduleRow } from '../store/schedules.ts'
import { expectStartable } from './expect-startable.ts'
import { taskOf } from './task-request.ts'

type Parts = { db: Knex; cipher: Cipher }
type Wish = Pick<ScheduleRow, 'project_id' | 'template_id' | 'task_params'>

/** The task that a schedule asks for, as if a person did. @throws AppError `invalid`, as for a person */
export async function scheduledTask(
  parts: Parts,
  { project_id, template_id, task_params }: Wish,
): Promise<Omit<AskedTask, 'created'>> {
  return (await taskOf(parts, project_id, { ...task_params, template_id })).task
}

/** The same when it is due: refused also for what somebody may still put right until then. */
export async function dueTask(
  parts: Parts,
  { project_id, template_id, task_params }: Wish,
): Promise<Omit<AskedTask, 'created'>> {
  const { task, template } = await taskOf(parts, project_id, { ...task_params, template_id })
  await expectStartable(parts, template, task)
  return task
}
