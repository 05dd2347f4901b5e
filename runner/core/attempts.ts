/** An attempt from its offer to its end: D1 to D3, D5 and D8. */
import type { ResultBody } from '../../broker/messages.ts'
import type { Draft } from './draft.ts'
import { isLate, lateAtMost, morePatient, onceMoreLate, repeatMs } from './late.ts'
import { refusalOf } from './refusal.ts'
import {
  type HeldAttempt,
  idOf,
  keyOf,
  type Of,
  type RunnerState,
  tombstoneLimit,
} from './state.ts'
import { acceptedAttempt, neverArrived, neverStarted, notBelieved } from './words.ts'

/** D1, D2: ACCEPT is on disk before the claim. A known attempt is answered from the journal. */
export function offer(draft: Draft, { task, attempt }: Of<'offer'>): void {
  // Before the welcome it may be meant for a clone that was here a moment ago; after it, it comes again.
  if (draft.state.session === null) return
  const held = draft.held({ task, attempt })
  draft.reach({ task })
  if (held !== undefined) return offerAgain(draft, held)
  const { state, facts } = draft
  const refusal = refusalOf(state, facts, task, attempt)
  if (refusal !== undefined) {
    draft.change({ refused: new Map(state.refused).set(task, attempt) })
    return draft.say({ task, attempt }, refusal)
  }
  const accepted = acceptedAttempt(task, attempt)
  draft.effect({ kind: 'journal', record: { kind: 'accept', task, attempt } })
  draft.keep(accepted)
  draft.change({
    highest: withHighest(state.highest, task, attempt),
    accepting: state.accepting && !facts.oneOff,
  })
  claim(draft, accepted)
}

function withHighest(seen: RunnerState['highest'], task: number, attempt: number) {
  const highest = new Map(seen).set(task, attempt)
  const [oldest] = highest.keys()
  if (highest.size > tombstoneLimit && oldest !== undefined) highest.delete(oldest)
  return highest
}

/**
 * What was said was not heard. A claim that is not late keeps its number: its grant may be on its
 * slow way here, and must stay good.
 */
function offerAgain(draft: Draft, held: HeldAttempt): void {
  if (held.inReview) return
  if (held.phase === 'started') draft.say(held, { kind: 'started' })
  if (held.phase !== 'accepted' || draft.now - held.claimedAt < repeatMs) return
  // It could not be started now; it is claimed anew when it can.
  if (draft.state.trouble !== null) return
  if (isLate(held, draft.now)) claim(draft, morePatient(held))
  else draft.say(held, { kind: 'claim', claim: held.claim })
}

/** Asks anew: a grant that answers an earlier claim starts nothing any more. */
export function claim(draft: Draft, held: HeldAttempt): void {
  const { session, trouble } = draft.state
  if (session === null || trouble !== null || held.inReview) return
  const asked = { ...held, claim: held.claim + 1, claimedAt: draft.now }
  draft.keep(asked)
  draft.say(asked, { kind: 'claim', claim: asked.claim })
}

/** D3: START is on disk before the process is. */
export function grant(draft: Draft, event: Of<'grant'>): void {
  const held = draft.held(event)
  if (held?.phase !== 'accepted' || draft.state.trouble !== null) return
  if (event.claim !== held.claim || isLate(held, draft.now)) return tooLate(draft, held, event)
  draft.effect({ kind: 'journal', record: { kind: 'start', ...idOf(held) } })
  draft.keep({ ...held, phase: 'started' })
  draft.effect({ kind: 'spawn', ...idOf(held), job: event.job })
  draft.say(held, { kind: 'started' })
}

/** It answers an earlier claim, or has taken longer than it may: it starts nothing. */
function tooLate(draft: Draft, before: HeldAttempt, event: Of<'grant'>): void {
  const held = onceMoreLate(before)
  draft.keep(held)
  if (held.late >= lateAtMost) end(draft, held, neverArrived)
  else if (event.claim === held.claim) claim(draft, morePatient(held))
}

/** Only what was asked for: a grant that nobody waits for says nothing of the server. */
export function distrusted(draft: Draft, event: Of<'distrusted'>): void {
  const held = draft.held(event)
  if (held?.phase === 'accepted' && held.claim > 0) end(draft, held, notBelieved(event.reason))
}

/** D8. What was not started ends here, and never will be. */
export function cancel(draft: Draft, event: Of<'cancel'>): void {
  const held = draft.held(event)
  if (held?.phase === 'accepted') return end(draft, held, neverStarted)
  if (held?.phase !== 'started') return
  draft.effect({ kind: 'kill', ...idOf(held), force: event.force })
}

/** D5: END is on disk before the result goes out. */
export function end(draft: Draft, held: HeldAttempt | undefined, result: ResultBody): void {
  if (held === undefined || held.phase === 'ended') return
  if (draft.state.trouble !== null) return draft.keep({ ...held, owed: result })
  if (held.forgotten) return forget(draft, held)
  draft.effect({ kind: 'journal', record: { kind: 'end', ...idOf(held), result } })
  draft.keep({ ...held, phase: 'ended', owed: undefined })
  draft.effect({ kind: 'finish', ...idOf(held), result })
}

/** The server has it all: the attempt leaves the journal, its number stays (D2). */
export function forget(draft: Draft, held: HeldAttempt | undefined): void {
  if (held === undefined) return
  if (draft.state.trouble !== null) return draft.keep({ ...held, forgotten: true })
  const attempts = new Map(draft.state.attempts)
  attempts.delete(keyOf(held))
  draft.change({ attempts })
  draft.effect({ kind: 'journal', record: { kind: 'forget', ...idOf(held) } })
  draft.effect({ kind: 'discard', ...idOf(held) })
}

/** Nobody wants it (its task was deleted): what runs is killed first. */
export function drop(draft: Draft, held: HeldAttempt): void {
  if (held.phase !== 'started') return forget(draft, held)
  draft.keep({ ...held, forgotten: true })
  draft.effect({ kind: 'kill', ...idOf(held), force: true })
}
