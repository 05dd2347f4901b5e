/** The connection: who we are, what the server says to that, and what time alone brings. D6. */
import { claim, drop } from './attempts.ts'
import { remind } from './confirmation.ts'
import type { Draft } from './draft.ts'
import { isLate, morePatient, repeatMs } from './late.ts'
import { type HeldAttempt, idOf, keyOf, type Of } from './state.ts'
import { helloOf, willingness } from './words.ts'

export function connected(draft: Draft, { nonce }: Of<'connected'>): void {
  draft.change({ nonce, session: null, refused: new Map(), hellos: 0, roundTripMs: null })
  hello(draft)
}

/** What this connection is, and all that the journal holds. */
export function hello(draft: Draft): void {
  const { nonce, hellos } = draft.state
  if (nonce === null) return
  draft.change({ helloAt: draft.now, hellos: hellos + 1, session: null })
  draft.effect({ kind: 'hello', message: helloOf(draft.facts, nonce, draft.state) })
}

export function heartbeat(draft: Draft): void {
  const { session, roundTripMs } = draft.state
  if (session === null) return
  draft.change({ beatAt: draft.now, roundTripMs: null })
  const measured = roundTripMs !== null && { round_trip_ms: Math.round(roundTripMs) }
  const willing = willingness(draft.state)
  const message = { v: 1, kind: 'heartbeat', session, ...willing, ...measured } as const
  draft.effect({ kind: 'hello', message })
  for (const held of draft.state.attempts.values()) remind(draft, held)
}

/** The link is whole again: everything unsettled is said anew, from where the server stands. */
export function welcome(draft: Draft, event: Of<'welcome'>): void {
  const { nonce, session, heartbeatMs, verdicts, review = [] } = event
  // A second welcome of a session answers a repeated hello: all was said after the first.
  if (nonce !== draft.state.nonce || session === draft.state.session) return
  draft.change({ session, heartbeatMs, beatAt: draft.now })
  const { hellos, helloAt } = draft.state
  // Of a repeated hello nobody knows which one was answered.
  if (hellos === 1) draft.change({ roundTripMs: draft.now - helloAt })
  draft.reach({ session })
  const told = new Map(verdicts.map((verdict) => [keyOf(verdict), verdict]))
  const reviewed = new Set(review.map(keyOf))
  for (const each of draft.state.attempts.values()) {
    const held = { ...each, inReview: reviewed.has(keyOf(each)) }
    const verdict = told.get(keyOf(held))
    if (held.inReview !== each.inReview) draft.keep(held)
    if (held.inReview) draft.effect({ kind: 'withhold', ...idOf(held) })
    else if (verdict?.verdict === 'forget') drop(draft, held)
    else if (held.phase === 'accepted') claim(draft, held)
    else resume(draft, held, verdict?.next_seq)
  }
}

function resume(draft: Draft, held: HeldAttempt, nextSeq: number | undefined): void {
  if (held.phase === 'started') draft.say(held, { kind: 'started' })
  remind(draft, held)
  if (nextSeq !== undefined) draft.effect({ kind: 'upload', ...idOf(held), nextSeq })
}

/** What is held stays held, and what runs runs on: the other installation may be gone later. */
export function decline(draft: Draft, { nonce, retryMs, reason }: Of<'decline'>): void {
  // It may answer the other one's hello, on the connection that this one has just taken over.
  if (nonce !== draft.state.nonce || draft.state.session !== null) return
  draft.change({ nonce: null })
  draft.effect({ kind: 'retreat', retryMs, reason })
}

export function drain(draft: Draft): void {
  draft.change({ accepting: false })
  heartbeat(draft)
}

export function tick(draft: Draft): void {
  const { nonce, session, helloAt, heartbeatMs, beatAt, attempts } = draft.state
  if (nonce !== null && session === null && draft.now - helloAt >= repeatMs) hello(draft)
  if (session === null) return
  if (draft.now - beatAt >= heartbeatMs) heartbeat(draft)
  for (const held of attempts.values()) {
    if (held.phase === 'accepted' && isLate(held, draft.now)) claim(draft, morePatient(held))
  }
}
