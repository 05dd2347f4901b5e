/** The runner's machine in a test's hands: events in, effects out, time moved by hand. */
import type { ResultBody } from '../../../broker/messages.ts'
import type {
  RunnerEffect,
  RunnerEvent,
  RunnerFacts,
  RunnerState,
} from '../../../runner/core/state.ts'
import { step } from '../../../runner/core/step.ts'
import { neverStarted } from '../../../runner/core/words.ts'
import { jobOf } from '../../kit/job.ts'

export const id = { task: 7, attempt: 1 }
export const job = jobOf(7, 1)

export const result: ResultBody = {
  ...neverStarted,
  outcome: 'succeeded',
  reason: null,
  chunks: 3,
  bytes: 30,
}

export class Machine {
  state: RunnerState = {
    nonce: null,
    helloAt: 0,
    hellos: 0,
    roundTripMs: null,
    session: null,
    heartbeatMs: 20_000,
    beatAt: 0,
    attempts: new Map(),
    highest: new Map(),
    reached: { session: 0, task: 0 },
    refused: new Map(),
    accepting: true,
    trouble: null,
    shortage: null,
  }
  now = 1000
  readonly #facts: RunnerFacts

  constructor(facts: Partial<RunnerFacts> = {}) {
    this.#facts = { boot: 'b', version: '1', maxParallelTasks: 0, oneOff: false, ...facts }
  }

  /** Connected by nonce `n` and welcomed as session 5. */
  static welcomed(facts: Partial<RunnerFacts> = {}): Machine {
    const machine = new Machine(facts)
    machine.take({ kind: 'connected', nonce: 'n' })
    const welcome = { kind: 'welcome', nonce: 'n', session: 5, heartbeatMs: 20_000 } as const
    machine.take({ ...welcome, verdicts: [], review: [] })
    return machine
  }

  /** The same, with 7.1 in this phase. */
  static holding(phase: 'accepted' | 'started' | 'ended'): Machine {
    const machine = Machine.welcomed()
    machine.take({ kind: 'offer', ...id })
    if (phase !== 'accepted') machine.take({ kind: 'grant', ...id, claim: 1, job })
    if (phase === 'ended') machine.take({ kind: 'ended', ...id, result })
    return machine
  }

  take(event: RunnerEvent, afterMs = 0): RunnerEffect[] {
    this.now += afterMs
    const { state, effects } = step(this.state, event, this.now, this.#facts)
    this.state = state
    return effects
  }

  get phase(): string | undefined {
    return this.state.attempts.get('7.1')?.phase
  }
}

export const journal = {
  accept: { kind: 'journal', record: { kind: 'accept', ...id } },
  start: { kind: 'journal', record: { kind: 'start', ...id } },
  end: { kind: 'journal', record: { kind: 'end', ...id, result } },
  forget: { kind: 'journal', record: { kind: 'forget', ...id } },
} as const

export function claim(number: number): RunnerEffect {
  return { kind: 'state', ...id, message: { v: 1, kind: 'claim', session: 5, claim: number } }
}

export const sayStarted: RunnerEffect = {
  kind: 'state',
  ...id,
  message: { v: 1, kind: 'started', session: 5 },
}

export function refuse(reason: 'busy' | 'draining', of = id): RunnerEffect {
  return { kind: 'state', ...of, message: { v: 1, kind: 'refuse', session: 5, reason } }
}

export function refuseStale(highest: number, of = id): RunnerEffect {
  const message = { v: 1, kind: 'refuse', session: 5, reason: 'stale', highest } as const
  return { kind: 'state', ...of, message }
}
