/** What the machine sees of a task and of one of its attempts: the columns that decide, no others. */
import type { ResultBody } from '../../broker/messages.ts'
import type { AttemptPhase, Confirmation, FinalStatus, TaskStatus } from '../../broker/states.ts'

/** D8, the durable wish to stop: none, TERM first, or KILL at once. */
export type CancelWish = '' | 'term' | 'kill'

export interface TaskView {
  id: number
  status: TaskStatus
  /** The current attempt, the fencing token. */
  attempt: number
  runner: number | null
  cancel: CancelWish
  /** How often it went back to the queue because its runner fell silent (D7). */
  requeues: number
  /** Why it waits for a person to decide (core/recovery.ts); null = it does not. */
  held?: string | null
}

export interface AttemptView {
  task: number
  attempt: number
  runner: number
  phase: AttemptPhase
  claim: number
  nextSeq: number
  bytes: number
  logResets: number
  result: ResultBody | null
  confirmation: Confirmation
}

/** `attempt` is undefined when the database has no such row, `task` when it has no such task. */
export interface View {
  task: TaskView | undefined
  attempt: AttemptView | undefined
}

/** What is said to the attempt's runner after the commit. */
export type Effect =
  | { kind: 'offer' }
  /** To the claim of this number, in this session. */
  | { kind: 'grant'; claim: number; session: number }
  | { kind: 'cancel'; force: boolean }
  | { kind: 'confirm' }
  | { kind: 'reject' }
  | { kind: 'log-ack'; nextSeq: number }
  | { kind: 'result-ack' }

/** How a task ended, for its row and its webhooks. */
export interface Ending {
  status: FinalStatus
  reason: string | null
  result: ResultBody | null
}

/** The whole consequence of one event: rows to write, then words to send. */
export interface Decision {
  task?: Partial<Omit<TaskView, 'id'>>
  attempt?: Partial<Omit<AttemptView, 'task' | 'attempt' | 'runner'>>
  /** The event's chunk becomes part of the log. */
  append?: boolean
  /** The log is thrown away, to be sent again from its beginning. */
  resetLog?: boolean
  /** The refusal says that the runner takes nothing for now. */
  pauseRunner?: boolean
  ending?: Ending
  /** Proof that the database is an old one: a line for the review. */
  found?: string
  effects: Effect[]
}

/** True if what this attempt says may still change its task. */
export function isCurrent(view: View): view is { task: TaskView; attempt: AttemptView } {
  return (
    view.task !== undefined &&
    view.attempt !== undefined &&
    view.task.attempt === view.attempt.attempt &&
    view.attempt.phase !== 'withdrawn' &&
    view.attempt.phase !== 'lost'
  )
}
