/** Rows as the machine sees them (core/views.ts). */
import type { Knex } from 'knex'
import type { ResultBody } from '../../broker/messages.ts'
import type { AttemptPhase, Confirmation } from '../../broker/states.ts'
import type { AttemptView, TaskView, View } from '../core/views.ts'
import type { TaskRow } from './tasks.ts'

export interface AttemptRow {
  task_id: number
  attempt: number
  runner_id: number
  phase: AttemptPhase
  claim: number
  next_seq: number
  bytes: number
  log_resets: number
  result: string | null
  confirmation: Confirmation
  offered: number
  started: number | null
  ended: number | null
}

/** A task beside one of its attempts; where there is no such attempt its columns are null. */
type ViewRow = (AttemptRow | { task_id: null }) &
  Pick<TaskRow, 'id' | 'status' | 'cancel' | 'requeues'> & {
    current: number
    current_runner: number | null
  }

/** One statement, since each message of a runner asks it. @param attempt which one of the task */
export function views(db: Knex, attempt: string | Knex.Raw): Knex.QueryBuilder<object, ViewRow[]> {
  return db('tasks as t')
    .leftJoin('attempts as a', (on) => {
      on.on('a.task_id', 't.id').andOn('a.attempt', '=', attempt as Knex.Raw)
    })
    .select('a.*', 't.id', 't.status', 't.cancel', 't.requeues')
    .select('t.attempt as current', 't.runner_id as current_runner')
}

export function viewOf(row: ViewRow | undefined): View {
  return {
    task: row && taskView(row),
    attempt: row && row.task_id !== null ? attemptView(row) : undefined,
  }
}

function taskView(row: ViewRow): TaskView {
  const { id, status, current, current_runner, cancel, requeues } = row
  return { id, status, attempt: current, runner: current_runner, cancel, requeues }
}

function attemptView(row: AttemptRow): AttemptView {
  return {
    task: row.task_id,
    attempt: row.attempt,
    runner: row.runner_id,
    phase: row.phase,
    claim: row.claim,
    nextSeq: row.next_seq,
    bytes: row.bytes,
    logResets: row.log_resets,
    result: row.result === null ? null : (JSON.parse(row.result) as ResultBody),
    confirmation: row.confirmation,
  }
}
