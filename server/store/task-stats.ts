/** How many tasks of a project ended how on each day, and how long they took. */
import type { Knex } from 'knex'
import type { TaskStatus } from '../../broker/states.ts'

export interface DayCount {
  /** Days since the epoch, in UTC. */
  day: number
  status: TaskStatus
  tasks: number
  /** Those of them that had started. */
  started: number
  /** Of these, from start to end, ms. */
  took: number
}

export const dayMs = 86_400_000

/** @param from ms; earlier ends are not counted */
export async function countEnded(
  db: Knex,
  where: { project_id: number; template_id?: number },
  from: number,
): Promise<DayCount[]> {
  const day = db.raw('?? / ?', ['end', db.raw(String(dayMs))])
  const rows: Record<keyof DayCount, unknown>[] = await db('tasks')
    .where(where)
    .where('end', '>=', from)
    .groupByRaw(day)
    .groupBy('status')
    .orderBy('day')
    .select('status', db.raw('? as day', [day]))
    .count({ tasks: '*', started: 'start' })
    .select(db.raw('coalesce(sum(?? - ??), 0) as took', ['end', 'start']))
  return rows.map(({ day, status, tasks, started, took }) => ({
    day: Number(day),
    status: status as TaskStatus,
    tasks: Number(tasks),
    started: Number(started),
    took: Number(took),
  }))
}
