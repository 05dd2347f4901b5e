/**
 * Schedules that start a task only for a new commit. Their next time is written before the git server is
 * asked, for that may take long; what a crash in between leaves out is as new at the next time.
 */
import { lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Tx } from '../store/commit.ts'
import type { Store } from '../store/open.ts'
import { type ScheduleRow, saveSchedule, schedules } from '../store/schedules.ts'

export interface CommitLook {
  store: Store
  /** Where the branch of a repository stands. @throws AppError for a person */
  headOf(repository: number): Promise<string>
  /** Starts its task. @returns why there is none, or null */
  start(tx: Tx, schedule: ScheduleRow): Promise<string | null>
  noteTrouble(tx: Tx, schedule: ScheduleRow, trouble: string): Promise<void>
  now: number
  log: Log
  signal: AbortSignal
}

/** Never rejects. @param schedule as it was when its time came */
export async function startIfNew(schedule: ScheduleRow, look: CommitLook): Promise<void> {
  const { store, headOf, log, signal } = look
  try {
    const answer = await headOf(schedule.repository_id as number).then(
      (head) => ({ head }),
      (error) => ({ fault: `its repository: ${lineOf(error)}` }),
    )
    const decided = store.commit((tx) => decide(tx, schedule, answer, look))
    // The dispatcher looks at the queue in the same commit.
    store.changes.emit([{ kind: 'arriving' }])
    await decided
  } catch (error) {
    if (signal.aborted) return
    log.error('a schedule cannot be run', { schedule: schedule.id, reason: lineOf(error) })
  }
}

async function decide(
  tx: Tx,
  schedule: ScheduleRow,
  answer: { head: string } | { fault: string },
  { start, noteTrouble, now }: CommitLook,
): Promise<void> {
  const { id, project_id, repository_id } = schedule
  const current = await schedules.find(tx.db, project_id, id)
  // Meanwhile it may have been changed, switched off or deleted.
  if (!current?.active || current.repository_id !== repository_id) return
  if ('head' in answer && answer.head === current.last_commit_hash) {
    return await saveSchedule(tx, id, { trouble: null })
  }
  const trouble = 'fault' in answer ? answer.fault : await start(tx, schedule)
  if (trouble !== null) await noteTrouble(tx, current, trouble)
  const started = trouble === null && 'head' in answer
  await saveSchedule(tx, id, {
    trouble,
    ...(started && { last_run: now, last_commit_hash: answer.head }),
  })
}
