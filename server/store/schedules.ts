/** Schedules: when templates run by themselves. */
import type { Knex } from 'knex'
import type { Plan, Planned } from '../core/schedule.ts'
import type { Tx } from './commit.ts'
import { type OwnedRow, ownedTable } from './owned.ts'

export interface ScheduleRow extends OwnedRow, Planned {
  template_id: number
  /** Its tasks are for new commits of that alone; null = each time has one. */
  repository_id: number | null
  /** For which the last one was started; null = for none yet. */
  last_commit_hash: string | null
  delete_after_run: boolean
  /** A time that came while the server was away is made up for, once. */
  run_missed: boolean
  /** What its tasks ask for beside the template: the body of a request to start one. */
  task_params: Record<string, unknown>
  /** Why the last time that came brought no task; null = it did. */
  trouble: string | null
}

type StoredRow = Omit<ScheduleRow, 'task_params'> & { task_params: string }
type Columns = Partial<Omit<ScheduleRow, 'id' | 'project_id'>>

const stored = ownedTable<StoredRow>('schedules')

export const schedules = {
  async list(...query: Parameters<typeof stored.list>): Promise<ScheduleRow[]> {
    return (await stored.list(...query)).map(scheduleOf)
  },
  async find(db: Knex, project: number, id: number): Promise<ScheduleRow | undefined> {
    const row = await stored.find(db, project, id)
    return row && scheduleOf(row)
  },
  async insert(tx: Tx, project: number, row: Omit<ScheduleRow, 'id' | 'project_id'>) {
    tx.emit({ kind: 'schedule' })
    return await stored.insert(tx, project, columns(row) as StoredRow)
  },
  async update(tx: Tx, project: number, id: number, row: Columns): Promise<void> {
    tx.emit({ kind: 'schedule' })
    await stored.update(tx, project, id, columns(row))
  },
  remove: stored.remove,
}

/** By name. */
export async function schedulesOf(db: Knex, template: number): Promise<ScheduleRow[]> {
  const rows = await db('schedules').where({ template_id: template }).orderBy(['name', 'id'])
  return rows.map(scheduleOf)
}

/** When the next one is due, ms since the epoch; undefined if none is. */
export async function nextDue(db: Knex): Promise<number | undefined> {
  const [row] = await db('schedules').min('next_run as at')
  return row?.at == null ? undefined : Number(row.at)
}

/** The longest due first. */
export async function dueSchedules(db: Knex, now: number, limit: number): Promise<number[]> {
  return await db('schedules')
    .where('next_run', '<=', now)
    .orderBy(['next_run', 'id'])
    .limit(limit)
    .pluck('id')
}

/** The schedule, if it is still due: another server may have run it, a person may have changed it. */
export async function findDue(
  { db }: Tx,
  id: number,
  now: number,
): Promise<ScheduleRow | undefined> {
  const row = await db('schedules').where({ id }).andWhere('next_run', '<=', now).first()
  return row && scheduleOf(row)
}

/** All that have a time to come, or one that came. */
export async function plannedSchedules({ db }: Tx): Promise<ScheduleRow[]> {
  return (await db('schedules').whereNotNull('next_run').orderBy('id')).map(scheduleOf)
}

export async function saveSchedule(
  tx: Tx,
  id: number,
  change: Partial<Plan & Pick<ScheduleRow, 'active' | 'last_run' | 'last_commit_hash' | 'trouble'>>,
): Promise<void> {
  await tx.db('schedules').where({ id }).update(change)
}

export async function deleteSchedule(tx: Tx, id: number): Promise<void> {
  await tx.db('schedules').where({ id }).delete()
}

/** A task of the schedule that no runner has had yet. */
export async function queuedTaskOf({ db }: Tx, schedule: number): Promise<number | undefined> {
  const row = await db('tasks').where({ schedule_id: schedule, status: 'waiting' }).first('id')
  return row?.id
}

function columns(row: Columns): Partial<StoredRow> {
  const { task_params, ...same } = row
  return { ...same, ...(task_params && { task_params: JSON.stringify(task_params) }) }
}

/** SQLite answers booleans as 0 and 1. */
function scheduleOf(row: StoredRow): ScheduleRow {
  return {
    ...row,
    delete_after_run: Boolean(row.delete_after_run),
    run_missed: Boolean(row.run_missed),
    active: Boolean(row.active),
    task_params: JSON.parse(row.task_params),
  }
}
