/** Facts for explanations: an ordinary task at noon, and what differs from it. */
import type { AttemptFacts, Facts, RunnerFacts } from '../../../../server/core/explain/facts.ts'

export const noon = Date.parse('2026-11-24T12:00:00Z')

/** ms, for `noon - min(3)`. */
export const sec = (n: number) => n * 1000
export const min = (n: number) => sec(60 * n)

export interface FactsChange extends Partial<Omit<Facts, 'task' | 'template'>> {
  task?: Partial<Facts['task']>
  template?: Partial<Facts['template']>
}

/** A task that was started three minutes ago and waits; there is no runner. */
export function facts({ task, template, ...change }: FactsChange = {}): Facts {
  return {
    now: noon,
    task: {
      project: 1,
      tag: null,
      status: 'waiting',
      created: noon - min(3),
      start: null,
      end: null,
      cancel: '',
      requeues: 0,
      unreachableSince: null,
      held: null,
      exitCode: null,
      reason: null,
      ...task,
    },
    template: {
      name: 'Deploy',
      parallel: true,
      active: [],
      policy: 'fail',
      idempotent: false,
      maxRequeues: 1,
      graceMs: min(10),
      maxDurationMs: 0,
      ...template,
    },
    attempts: [],
    runners: [],
    ahead: [],
    server: { active: 0, limit: 0 },
    troubles: [],
    project: { active: 0, limit: 0 },
    deliveries: [],
    ...change,
  }
}

/** Online and idle, with two slots. */
export function runner(id: number, change: Partial<RunnerFacts> = {}): RunnerFacts {
  return {
    id,
    name: `edge-${id}`,
    project: null,
    tags: [],
    isDefault: true,
    online: true,
    active: true,
    accepting: true,
    pauseReason: null,
    held: 0,
    limit: 2,
    touched: noon - sec(14),
    silentMs: 0,
    alarms: [],
    ...change,
  }
}

/** On runner 9, offered two minutes ago and running since a second after that. */
export function attempt(number: number, change: Partial<AttemptFacts> = {}): AttemptFacts {
  const offered = noon - min(2)
  return {
    attempt: number,
    runner: 9,
    phase: 'started',
    offered,
    started: offered + sec(1),
    bytes: 0,
    spooled: 0,
    unackedLines: null,
    outcome: null,
    ...change,
  }
}
