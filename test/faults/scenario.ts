/** What a scenario is: data, what it needs of the machine, and a run that fills in a record. */
import { AppError } from '../../lib/errors.ts'
import type { CleanupStack } from '../../lib/stack.ts'
import { Random } from '../simulator/random.ts'

/** Numbers by which a scenario is made small (`quick`, for each commit) or big (`full`, for a release). */
export type Size = Readonly<Record<string, number>>

export interface Lack {
  what: string
  /** True of a program, false of a right: the check of a change insists on the first. */
  installable: boolean
}

export interface Scenario<S extends Size = Size> {
  name: string
  /** One line for a person. */
  title: string
  quick: S
  full: S
  /** Seconds after which it is given up: about twice what it takes with others beside it. */
  limits: { quick: number; full: number }
  /** What this machine lacks for it; undefined if nothing. */
  missing?(): Promise<Lack | undefined>
  run(size: S, stage: Stage): Promise<void>
}

/** What must never be seen, and is listed one by one when it is. */
export type Wrong =
  | 'lost'
  | 'duplicate'
  | 'out of order'
  | 'double spawn'
  | 'digest differs'
  | 'ended otherwise'
  | 'not final in time'
  | 'webhook'
  | 'left behind'
  | 'died by itself'
  | 'not as promised'

export interface Finding {
  wrong: Wrong
  what: string
}

/** So many are told in full; of more only the number is. */
const mostFindings = 200

/** The place of one run: its dice, its notes, and what is to be cleared away after it. */
export class Stage {
  readonly random: Random
  readonly stack: CleanupStack
  /** What was done to the system, and how often. */
  readonly faults: Record<string, number> = {}
  readonly counts: Record<string, number> = {}
  readonly findings: Finding[] = []
  /** How often each was found, also beyond those that are listed. */
  readonly found: Partial<Record<Wrong, number>> = {}
  /** Logs of the processes by name: kept when something is wrong. */
  readonly logs = new Map<string, readonly string[]>()
  /** It is being cleared away: nothing is to be started any more. */
  over = false
  /** Lines for whoever watches. */
  readonly say: (text: string) => void

  constructor(seed: number, stack: CleanupStack, say: (text: string) => void) {
    this.random = new Random(seed)
    this.stack = stack
    this.say = say
  }

  /** One more (or `by`) of a kind of fault was done. */
  fault(what: string, by = 1): void {
    this.faults[what] = (this.faults[what] ?? 0) + by
  }

  count(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by
  }

  /** @param times how many of them this is, such as lines that are lost */
  wrong(wrong: Wrong, what: string, times = 1): void {
    this.found[wrong] = (this.found[wrong] ?? 0) + times
    if (this.findings.length < mostFindings) this.findings.push({ wrong, what })
  }

  /** Notes it as wrong unless it is so. */
  expect(isSo: boolean, what: string): void {
    if (!isSo) this.wrong('not as promised', what)
  }
}

export interface Outcome {
  name: string
  title: string
  seed: number
  size: Size
  seconds: number
  faults: Record<string, number>
  counts: Record<string, number>
  found: Partial<Record<Wrong, number>>
  findings: Finding[]
  /** Why it was not run. */
  skipped?: string
  /** It could not be brought to its end. */
  error?: string
  logs: ReadonlyMap<string, readonly string[]>
}

/** It was run to its end, and nothing was found. */
export function held({ skipped, error, found }: Outcome): boolean {
  return skipped === undefined && error === undefined && Object.keys(found).length === 0
}

/** @throws AppError `usage` */
export function named(scenarios: readonly Scenario[], name: string): Scenario {
  const found = scenarios.find((one) => one.name === name)
  if (found !== undefined) return found
  const names = scenarios.map((one) => one.name).join(', ')
  throw new AppError('usage', `expected one of ${names}; got ${name}`)
}
