/** All that an explanation is made of, as the rows say it now. Times are ms since the epoch. */
import type { Outcome } from '../../../broker/messages.ts'
import type { AttemptPhase, TaskStatus } from '../../../broker/states.ts'
import type { RunnerOffer, TaskDemand } from '../eligible.ts'
import type { SilenceRules } from '../silence.ts'
import type { CancelWish } from '../views.ts'

export interface Facts {
  now: number
  task: TaskFacts
  template: TemplateFacts
  /** Of this task, oldest first; the last is the current one, or the one that came back. */
  attempts: readonly AttemptFacts[]
  /** Those that serve the project, and those that had an attempt. */
  runners: readonly RunnerFacts[]
  /** The waiting tasks that are looked at before this one, by what they ask for. */
  ahead: readonly (TaskDemand & { tasks: number })[]
  server: Limited
  /** Why nothing is handed out or taken in at all, each as half a sentence; empty = all is well. */
  troubles: readonly string[]
  project: Limited
  deliveries: readonly DeliveryFacts[]
}

export interface TaskFacts extends TaskDemand {
  status: TaskStatus
  created: number
  start: number | null
  end: number | null
  cancel: CancelWish
  requeues: number
  unreachableSince: number | null
  /** Why it waits for a person (core/recovery.ts); null = it does not. */
  held: string | null
  exitCode: number | null
  /** One line for a person: why it failed or was stopped. */
  reason: string | null
}

export interface TemplateFacts extends SilenceRules {
  name: string
  /** False: not while another task of the template is active. */
  parallel: boolean
  /** Its active tasks, this one apart. */
  active: readonly number[]
  /** How long beyond its lease a silent runner is waited for. */
  graceMs: number
  /** How long a task may run; 0 = for ever. */
  maxDurationMs: number
}

export interface AttemptFacts {
  attempt: number
  runner: number
  phase: AttemptPhase
  offered: number
  started: number | null
  /** Bytes of its log that are stored here, and that its runner had when it was heard last; 0 = no more. */
  bytes: number
  spooled: number
  /** Lines of it that were not acknowledged then; null = the runner did not say. */
  unackedLines: number | null
  /** Of its result, once that is here. */
  outcome: Outcome | null
}

export interface RunnerFacts extends RunnerOffer {
  id: number
  name: string
  online: boolean
  active: boolean
  /** False: it takes nothing for now. */
  accepting: boolean
  /** Why not, as far as it said. */
  pauseReason: string | null
  /** Attempts that it holds, and how many it may; Infinity = no limit. */
  held: number
  limit: number
  /** When it was last heard of; null = never. */
  touched: number | null
  /** How long it has been silent beyond its lease; below 0 = it may still be silent for so long. */
  silentMs: number
  /** What is odd with it, each in a few words. */
  alarms: readonly string[]
}

/** Tasks that are active at once. */
export interface Limited {
  active: number
  /** 0 = no limit. */
  limit: number
}

export interface DeliveryFacts {
  /** E.g. "webhook 2 'ops'". */
  receiver: string
  state: 'pending' | 'delivered' | 'failed'
  tries: number
  nextTry: number | null
  /** HTTP status of the last answer; null = there was none. */
  lastStatus: number | null
}
