/** Faults built in on purpose, each against one rule: a check that misses one of them is worth nothing. */
import { type AttemptEvent, decide } from '../../server/core/attempt.ts'
import type { Decision, View } from '../../server/core/views.ts'
import type { Breaks } from './simulate.ts'

export const breaks = {
  nothing: {},
  /** D3: spawns, and only then START is on disk. */
  'spawn before journal': { hastyJournal: true },
  /** D4, D5: acks what a crash may still undo. */
  'ack before commit': { hastyServer: true },
  /** D2: a withdrawn attempt is granted all the same. */
  'accept stale attempt': { decide: (view, event) => decide(asCurrent(view, event), event) },
  /** D4: takes a chunk that does not follow the last. */
  'skip a seq': { decide: (view, event) => decide(skipped(view, event), event) },
  /** D5: takes a result before its log is complete. */
  'accept early result': { decide: (view, event) => decide(view, shortened(view, event)) },
  /** D3: a grant that was lost is not said again. */
  'grant once': { decide: grantOnce },
  /** D11: a question that is asked late or twice is open again, whatever was answered. */
  'ask anew': { decide: (view, event) => decide(unanswered(view, event), event) },
} satisfies Record<string, Breaks>

export type BreakName = keyof typeof breaks

function asCurrent(view: View, { kind }: AttemptEvent): View {
  const { task, attempt } = view
  if (task === undefined || attempt === undefined || kind !== 'claim') return view
  const phase = attempt.phase === 'withdrawn' ? 'offered' : attempt.phase
  return { task: { ...task, attempt: attempt.attempt }, attempt: { ...attempt, phase } }
}

function skipped(view: View, event: AttemptEvent): View {
  const { attempt } = view
  if (attempt === undefined || event.kind !== 'chunk' || event.seq < attempt.nextSeq) return view
  return { ...view, attempt: { ...attempt, nextSeq: event.seq } }
}

function shortened({ attempt }: View, event: AttemptEvent): AttemptEvent {
  if (attempt === undefined || event.kind !== 'result') return event
  const { nextSeq: chunks, bytes } = attempt
  return { ...event, result: { ...event.result, chunks, bytes, sha256: event.stored } }
}

function unanswered(view: View, { kind }: AttemptEvent): View {
  const { attempt } = view
  if (attempt === undefined || kind !== 'waiting') return view
  return { ...view, attempt: { ...attempt, confirmation: '' } }
}

function grantOnce(view: View, event: AttemptEvent): Decision {
  if (event.kind === 'claim' && view.attempt?.phase === 'claimed') return { effects: [] }
  return decide(view, event)
}
