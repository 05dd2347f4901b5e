/**
 * Runs what is due. The rows are the truth: a task and the next time of its schedule are written in one
 * transaction, so no crash makes a time run twice or not at all. One timer waits for the next time; the
 * database is looked at when that has come or a schedule has changed, never on suspicion.
 */
import type { Clock } from '../../lib/clock.ts'
import { AppError, lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { planNext, replan } from '../core/schedule.ts'
import type { AskedTask } from '../store/builds.ts'
import type { Tx } from '../store/commit.ts'
import { insertEvent } from '../store/events.ts'
import type { Store } from '../store/open.ts'
import type { Knex } from '../store/owned.ts'
import {
  deleteSchedule,
  dueSchedules,
  findDue,
  nextDue,
  plannedSchedules,
  queuedTaskOf,
  type ScheduleRow,
  saveSchedule,
} from '../store/schedules.ts'
import type { TaskRow } from '../store/tasks.ts'
import { type CommitLook, startIfNew } from './new-commits.ts'
import { enqueueTask } from './start-task.ts'

export interface SchedulerParts {
  store: Store
  /** The task that a schedule asks for. @throws AppError if its template does not let it */
  taskOf(db: Knex, schedule: ScheduleRow): Promise<Omit<AskedTask, 'created'>>
  /** Where the branch of a repository stands. @throws AppError for a person */
  headOf(repository: number): Promise<string>
  /** Of schedules that name none. */
  timezone: string
  /** The database was put back: what was due since may have run. */
  restored: boolean
  clock: Clock
  log: Log
  signal: AbortSignal
}

/** So often the wall clock is looked at, for it may have been set; no query, ms. */
const lookMs = 30_000
/** What is later than this was missed: the server was away at its time, ms. */
const missedMs = 300_000
/** Wait after the database failed, ms. */
const troubleMs = 5_000
/** So many are run before the next are asked for. */
const batch = 200

/** Runs until `signal` aborts. */
export function startScheduler(parts: SchedulerParts): void {
  const { store, signal } = parts
  let round = new AbortController()
  store.changes.listen(({ kind }) => {
    if (kind === 'schedule' || kind === 'writable') round.abort()
  }, signal)
  signal.addEventListener('abort', () => round.abort(), { once: true })
  /** Armed before looking: what is committed meanwhile ends the sleep before it begins. */
  const arm = () => {
    round = new AbortController()
    return round.signal
  }
  void run(parts, arm)
}

async function run(parts: SchedulerParts, arm: () => AbortSignal): Promise<void> {
  const { store, clock, log, signal } = parts
  const offset = () => clock.now() - clock.monotonic()
  let seen = offset()
  let checked = false
  let missed = parts.restored
  while (!signal.aborted) {
    const changed = arm()
    try {
      // A clock that was set back may have been wrong when the plans were made.
      if (offset() < seen - lookMs) checked = false
      seen = offset()
      if (store.paused === undefined) {
        if (!checked) await check(parts, missed)
        checked = true
        missed = false
        await runDue(parts)
      }
      await until((await nextDue(store.read)) ?? Number.POSITIVE_INFINITY, changed)
    } catch (error) {
      log.error('schedules cannot be run', { reason: lineOf(error) })
      await clock.sleep(troubleMs, changed).catch(() => {})
    }
  }

  /** Sleeps until the wall clock says so, goes back, or something has changed. */
  async function until(due: number, changed: AbortSignal): Promise<void> {
    // Nothing can be written: the end of that is a change.
    const at = store.paused === undefined ? due : Number.POSITIVE_INFINITY
    while (!changed.aborted && clock.now() < at && offset() >= seen - lookMs) {
      seen = offset()
      await clock.sleep(Math.min(at - clock.now(), lookMs), changed).catch(() => {})
    }
  }
}

/** Holds the plans against the clock and the server's time zone. */
async function check({ store, timezone, clock }: SchedulerParts, missed: boolean): Promise<void> {
  const now = clock.now()
  await store.commit(async (tx) => {
    for (const schedule of await plannedSchedules(tx)) {
      if (missed && (schedule.next_run ?? now) < now) {
        await advance(
          tx,
          schedule,
          now,
          'was due before the database was put back; it may have run',
        )
        continue
      }
      const plan = replan(schedule, timezone, now)
      if (plan.next_run !== schedule.next_run || plan.zone !== schedule.zone) {
        await saveSchedule(tx, schedule.id, plan)
      }
    }
  })
}

async function runDue(parts: SchedulerParts): Promise<void> {
  const { store, clock } = parts
  const now = clock.now()
  const look: CommitLook = {
    ...parts,
    start: (tx, schedule) => start(parts, tx, schedule, now),
    noteTrouble: (tx, schedule, trouble) => noteTrouble(parts, tx, schedule, trouble, now),
    now,
  }
  for (;;) {
    const due = await dueSchedules(store.read, now, batch)
    // Works of the same moment share a commit, and one that fails takes down only itself.
    const runs = due.map((id) => store.commit((tx) => runOne(parts, tx, id, now)))
    // The dispatcher looks at the queue in the same commit.
    if (due.length > 0) store.changes.emit([{ kind: 'arriving' }])
    const ended = await Promise.allSettled(runs)
    for (const run of ended) {
      if (run.status === 'fulfilled' && run.value) void startIfNew(run.value, look)
    }
    const failed = ended.find(({ status }) => status === 'rejected')
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
    if (due.length < batch) return
  }
}

/** @returns the schedule, if there is to be a task only for a new commit */
async function runOne(parts: SchedulerParts, tx: Tx, id: number, now: number) {
  const schedule = await findDue(tx, id, now)
  if (schedule === undefined) return
  if (schedule.repository_id !== null) {
    await saveSchedule(tx, id, planNext(schedule, now))
    return schedule
  }
  const trouble = await start(parts, tx, schedule, now)
  if (trouble !== null) await noteTrouble(parts, tx, schedule, trouble, now)
  await advance(tx, schedule, now, trouble)
  return
}

/** @returns why there is no task, one line for a person; null if there is one */
async function start(
  { taskOf }: SchedulerParts,
  tx: Tx,
  schedule: ScheduleRow,
  now: number,
): Promise<string | null> {
  const { id, next_run, run_missed } = schedule
  if (!run_missed && now - (next_run ?? now) > missedMs) return 'the server was away at its time'
  const queued = await queuedTaskOf(tx, id)
  // No runner for a week must not become a week of tasks when there is one again.
  if (queued !== undefined) return `task ${queued} of its last time still waits`
  try {
    const task = { ...(await taskOf(tx.db, schedule)), schedule_id: id, created: now }
    await noteStart(tx, schedule, await enqueueTask(tx, task))
    return null
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid') return error.line
    throw error
  }
}

async function noteStart(tx: Tx, schedule: ScheduleRow, task: TaskRow): Promise<void> {
  await insertEvent(tx, {
    ...ofNobody(schedule, task.created),
    object_type: 'task',
    object_id: task.id,
    object_name: '',
    description: `task ${task.id} started: by schedule ${schedule.name || schedule.id}`,
  })
}

/** Told once: a schedule of each minute would fill the events with it. */
async function noteTrouble(
  { log }: SchedulerParts,
  tx: Tx,
  schedule: ScheduleRow,
  trouble: string,
  now: number,
): Promise<void> {
  const { id, name } = schedule
  log.warn('a schedule started no task', { schedule: id, trouble })
  if (trouble === schedule.trouble) return
  await insertEvent(tx, {
    ...ofNobody(schedule, now),
    object_type: 'schedule',
    object_id: id,
    object_name: name,
    description: `schedule ${name || id} started no task: ${trouble}`,
  })
}

function ofNobody({ project_id }: ScheduleRow, created: number) {
  return { created, project_id, user_id: null, username: '' }
}

/** Its time has come: the next one, whatever became of this. */
async function advance(
  tx: Tx,
  schedule: ScheduleRow,
  now: number,
  trouble: string | null,
): Promise<void> {
  const { id, type, delete_after_run } = schedule
  const once = type === 'run_at'
  if (once && delete_after_run && trouble === null) return await deleteSchedule(tx, id)
  await saveSchedule(tx, id, {
    ...planNext(schedule, now),
    trouble,
    ...(trouble === null && { last_run: now }),
    ...(once && { active: false }),
  })
}
