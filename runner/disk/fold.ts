/** What the journal's records come to: a pure fold, for the disk and for a simulator alike. */
import type { Reached, ResultBody } from '../../broker/messages.ts'
import { furthest, type JournalRecord, keyOf, tombstoneLimit } from '../core/state.ts'

/** A record as it lies on disk: `at` is the wall clock, ms, when it was written. */
export type Journaled = JournalRecord & { at: number }

export interface JournaledAttempt {
  readonly task: number
  readonly attempt: number
  readonly phase: 'accepted' | 'started' | 'ended'
  /** Of an ended attempt. */
  readonly result: ResultBody | undefined
  /** Wall clock of its last record. */
  readonly at: number
}

export interface JournalState {
  /** By `keyOf`: accepted and not yet forgotten. */
  attempts: Map<string, JournaledAttempt>
  /** Task -> the highest attempt ever seen; outlives the attempt as a tombstone (D2). */
  highest: Map<number, number>
  /** Task -> wall clock of its last record, by which tombstones grow old. */
  seen: Map<number, number>
  /** Outlives every tombstone: by it the server notices that its database was put back. */
  reached: Reached
}

export const emptyJournal: Readonly<JournalState> = {
  attempts: new Map(),
  highest: new Map(),
  seen: new Map(),
  reached: { session: 0, task: 0 },
}

/** A tombstone is kept for 30 days after the last record of its task; ms. */
export const tombstoneMs = 30 * 24 * 3_600_000

const phases = { accept: 'accepted', start: 'started', end: 'ended' } as const
const rank = { accepted: 0, started: 1, ended: 2 } as const

/** Folds `records` onto a copy of `state`. */
export function fold(
  records: Iterable<Journaled>,
  { attempts, highest, seen, reached } = emptyJournal,
): JournalState {
  const state = {
    attempts: new Map(attempts),
    highest: new Map(highest),
    seen: new Map(seen),
    reached,
  }
  foldOnto(state, records)
  return state
}

/**
 * Folds `records` onto `state` itself. Repeated records change nothing: after an
 * append that failed nobody knows whether it is on disk, and it is made again. So an attempt comes
 * to life only above all that its task has seen, its phase only rises, its first result stays.
 */
export function foldOnto(state: JournalState, records: Iterable<Journaled>): void {
  const { attempts, highest, seen } = state
  for (const record of records) {
    state.reached = furthest(state.reached, record)
    if (record.kind === 'reached') continue
    const { task, attempt, at } = record
    const key = keyOf(record)
    const held = attempts.get(key)
    const above = attempt > (highest.get(task) ?? 0)
    if (record.kind === 'forget') {
      attempts.delete(key)
    } else if (held !== undefined || above) {
      const phase = phases[record.kind]
      if (held === undefined || rank[phase] > rank[held.phase]) {
        const result = record.kind === 'end' ? record.result : undefined
        attempts.set(key, { task, attempt, phase, result, at })
      }
    }
    if (above) highest.set(task, attempt)
    seen.set(task, Math.max(at, seen.get(task) ?? 0))
  }
}

/** The fewest records that fold to `state`, without the tombstones that are too old at `now`. */
export function unfold(state: JournalState, now: number): Journaled[] {
  const live = [...state.attempts.values()].sort((a, b) => a.attempt - b.attempt)
  const tombstones = [...state.highest]
    .map(([task, attempt]) => ({
      kind: 'forget' as const,
      task,
      attempt,
      at: state.seen.get(task) ?? 0,
    }))
    .filter(
      ({ task, attempt, at }) =>
        !state.attempts.has(keyOf({ task, attempt })) && at > now - tombstoneMs,
    )
    .sort((a, b) => a.at - b.at)
  const reached = { kind: 'reached' as const, ...state.reached, at: now }
  return [reached, ...live.map(recordOf), ...tombstones.slice(-tombstoneLimit)]
}

function recordOf({ task, attempt, phase, result, at }: JournaledAttempt): Journaled {
  if (result !== undefined) return { kind: 'end', task, attempt, result, at }
  return { kind: phase === 'accepted' ? 'accept' : 'start', task, attempt, at }
}
