/**
 * Task statuses (Semaphore's words, plus `unreachable`) and the only transitions between them.
 *
 *   waiting -> starting -> running -> success | error
 *      ^          |  |        |  `-> unreachable -> running, starting ..
 *      `----------'  |        +-> stopping -> stopped | success | error
 *                    `--------+-> waiting_confirmation -> confirmed -> running
 *                                       `-> rejected -> error
 *
 * `starting -> waiting` happens only while the attempt was never granted, so nothing can have run.
 * `unreachable -> waiting` is the requeue policy. `stopping -> success` is a cancel that lost the race.
 */
export const transitions = {
  waiting: ['starting', 'stopped', 'error'],
  starting: [
    'waiting',
    'running',
    'waiting_confirmation',
    'stopping',
    'unreachable',
    'stopped',
    'success',
    'error',
  ],
  running: ['waiting_confirmation', 'stopping', 'unreachable', 'stopped', 'success', 'error'],
  waiting_confirmation: [
    'confirmed',
    'rejected',
    'stopping',
    'unreachable',
    'stopped',
    'success',
    'error',
  ],
  confirmed: ['running', 'stopping', 'unreachable', 'stopped', 'success', 'error'],
  rejected: ['stopping', 'unreachable', 'stopped', 'success', 'error'],
  stopping: ['unreachable', 'stopped', 'success', 'error'],
  unreachable: [
    'starting',
    'running',
    'waiting_confirmation',
    'confirmed',
    'rejected',
    'waiting',
    'stopping',
    'stopped',
    'success',
    'error',
  ],
  stopped: [],
  success: [],
  error: [],
} as const satisfies Record<string, readonly string[]>

export type TaskStatus = keyof typeof transitions
export type FinalStatus = 'stopped' | 'success' | 'error'

export const taskStatuses = Object.keys(transitions) as TaskStatus[]

export function isFinal(status: TaskStatus): status is FinalStatus {
  return transitions[status].length === 0
}

export function mayBecome(from: TaskStatus, to: TaskStatus): boolean {
  return (transitions[from] as readonly TaskStatus[]).includes(to)
}

/**
 * Where one attempt stands, as the server knows it.
 * offered: sent, nothing heard. claimed: the runner has it in its journal and was granted the job.
 * started: the runner says that it spawned. ended: its result is stored. withdrawn: taken back
 * before it was granted, or refused. lost: its runner no longer knows it, or was silent for
 * too long. Of these two a result may come late: it is kept, and the phase stays.
 */
export const attemptPhases = [
  'offered',
  'claimed',
  'started',
  'ended',
  'withdrawn',
  'lost',
] as const
export type AttemptPhase = (typeof attemptPhases)[number]

/**
 * A job that asks a person before it goes on, as the server knows it. '': it has not asked. open: it
 * waits. confirmed, rejected: what was said, and is told its runner until that has heard it. resumed:
 * the runner has heard the yes. What follows a no is the result.
 */
export type Confirmation = '' | 'open' | 'confirmed' | 'rejected' | 'resumed'
