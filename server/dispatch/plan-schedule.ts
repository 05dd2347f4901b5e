/** Schedules as people make and change them: each change says when the next time is. */
import { cronTimes } from '../core/cron.ts'
import { type Plan, plan, sameTiming, zoneOf } from '../core/schedule.ts'
import type { Tx } from '../store/commit.ts'
import { type ScheduleRow, schedules } from '../store/schedules.ts'

/** What a person says of a schedule. */
export type ScheduleColumns = Omit<
  ScheduleRow,
  'id' | 'project_id' | 'last_run' | 'last_commit_hash' | 'trouble' | keyof Plan
>

export interface Planning {
  /** Of the server, for schedules that name none. */
  timezone: string
  now: number
}

/** @returns its id. @throws AppError `invalid` if it can never run */
export async function addSchedule(
  tx: Tx,
  project: number,
  columns: ScheduleColumns,
  { timezone, now }: Planning,
): Promise<number> {
  const planned = plan(columns, timezone, now)
  return await schedules.insert(tx, project, {
    ...columns,
    ...planned,
    last_run: null,
    last_commit_hash: null,
    trouble: null,
  })
}

/** A time that is due stays due unless the change is one of times. @throws AppError `invalid` */
export async function changeSchedule(
  tx: Tx,
  row: ScheduleRow,
  change: Partial<ScheduleColumns>,
  { timezone, now }: Planning,
): Promise<void> {
  const changed = { ...row, ...change }
  const planned = sameTiming(row, changed) ? {} : plan(changed, timezone, now)
  // What is known of one repository says nothing of another.
  const anew = changed.repository_id === row.repository_id ? {} : { last_commit_hash: null }
  await schedules.update(tx, row.project_id, row.id, { ...change, ...planned, ...anew })
}

/** The next times of a cron format. @throws AppError `invalid` */
export function nextRuns(
  { cron_format, timezone }: { cron_format: string; timezone: string | null },
  server: Planning,
  count: number,
): number[] {
  return cronTimes(cron_format, zoneOf(timezone, server.timezone), server.now, count)
}
