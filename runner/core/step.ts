/**
 * The runner's machine of attempts: (state, event, now) -> (state, effects). Pure, so that a simulator
 * can drive it through any order of messages, crashes and torn writes. Rules D1 to D3, D6 and D8.
 *
 *   offer -> accepted --claim--> (grant within 30 s) -> started -> ended -> (result-ack) -> forgotten
 *               `--cancel--------------------------------------------^
 */
import type { Reached, ResultBody } from '../../broker/messages.ts'
import { isLate } from './late.ts'
import { refusalOf } from './refusal.ts'
import {
  furthest,
  type HeldAttempt,
  idOf,
  keyOf,
  type RunnerEffect,
  type RunnerEvent,
  type RunnerFacts,
  type RunnerState,
  type Said,
} from './state.ts'
import { acceptedAttempt, helloOf, neverStarted } from './words.ts'

/** A hello that is not answered is said again after this long; a claim, if the server offers again. */
export const repeatMs = 10_000

export interface Step {
  state: RunnerState
  effects: RunnerEffect[]
}

/** @param now monotonic ms. */
export function step(
  state: RunnerState,
  event: RunnerEvent,
  now: number,
  facts: RunnerFacts,
): Step {
  const draft = new Draft(state, now, facts)
  draft.take(event)
  return { state: draft.state, effects: draft.effects }
}

type Of<K extends RunnerEvent['kind']> = Extract<RunnerEvent, { kind: K }>

class Draft {
  state: RunnerState
  readonly effects: RunnerEffect[] = []
  readonly #now: number
  readonly #facts: RunnerFacts

  constructor(state: RunnerState, now: number, facts: RunnerFacts) {
    this.state = state
    this.#now = now
    this.#facts = facts
  }

  take(event: RunnerEvent): void {
    switch (event.kind) {
      case 'connected':
        this.#change({ nonce: event.nonce, session: null, refused: new Map() })
        return this.#hello()
      case 'disconnected':
        return this.#change({ nonce: null, session: null })
      case 'welcome':
        return this.#welcome(event)
      case 'identify':
        return this.#hello()
      case 'offer':
        return this.#offer(event.task, event.attempt)
      case 'grant':
        return this.#grant(event)
      case 'cancel':
        return this.#cancel(event)
      case 'result-ack':
        return this.#forget(this.#held(event))
      case 'ended':
        return this.#ended(this.#held(event), event.result)
      case 'drain':
        this.#change({ accepting: false })
        return this.#heartbeat()
      case 'tick':
        return this.#tick()
      default:
        return event satisfies never
    }
  }

  /** D6: what this connection is, and all that the journal holds. */
  #hello(): void {
    const { nonce } = this.state
    if (nonce === null) return
    this.#change({ helloAt: this.#now, session: null })
    this.effects.push({ kind: 'hello', message: helloOf(this.#facts, nonce, this.state) })
  }

  #heartbeat(): void {
    const { session, accepting } = this.state
    if (session === null) return
    this.#change({ beatAt: this.#now })
    this.effects.push({ kind: 'hello', message: { v: 1, kind: 'heartbeat', session, accepting } })
  }

  /** The link is whole again: everything unsettled is said anew, from where the server stands. */
  #welcome({ nonce, session, heartbeatMs, verdicts, review = [] }: Of<'welcome'>): void {
    // A second welcome of a session answers a repeated hello: all was said after the first.
    if (nonce !== this.state.nonce || session === this.state.session) return
    this.#change({ session, heartbeatMs, beatAt: this.#now })
    this.#reach({ session })
    const told = new Map(verdicts.map((verdict) => [keyOf(verdict), verdict]))
    const reviewed = new Set(review.map(keyOf))
    for (const each of this.state.attempts.values()) {
      const held = { ...each, inReview: reviewed.has(keyOf(each)) }
      const verdict = told.get(keyOf(held))
      if (held.inReview !== each.inReview) this.#keep(held)
      if (held.inReview) this.effects.push({ kind: 'withhold', ...idOf(held) })
      else if (verdict?.verdict === 'forget') this.#drop(held)
      else if (held.phase === 'accepted') this.#claim(held)
      else this.#resume(held, verdict?.next_seq)
    }
  }

  #resume(held: HeldAttempt, nextSeq: number | undefined): void {
    if (held.phase === 'started') this.#say(held, { kind: 'started' })
    if (nextSeq !== undefined) this.effects.push({ kind: 'upload', ...idOf(held), nextSeq })
  }

  /** D1, D2: ACCEPT is on disk before the claim. A known attempt is answered from the journal. */
  #offer(task: number, attempt: number): void {
    const held = this.#held({ task, attempt })
    this.#reach({ task })
    if (held !== undefined) {
      if (held.inReview) return
      if (held.phase === 'started') this.#say(held, { kind: 'started' })
      if (held.phase === 'accepted' && this.#now - held.claimedAt >= repeatMs) this.#reclaim(held)
      return
    }
    const refusal = refusalOf(this.state, this.#facts, task, attempt)
    if (refusal !== undefined) {
      this.#change({ refused: new Map(this.state.refused).set(task, attempt) })
      return this.#say({ task, attempt }, refusal)
    }
    const accepted = acceptedAttempt(task, attempt)
    this.effects.push({ kind: 'journal', record: { kind: 'accept', task, attempt } })
    this.#keep(accepted)
    this.#change({
      highest: new Map(this.state.highest).set(task, attempt),
      accepting: this.state.accepting && !this.#facts.oneOff,
    })
    this.#claim(accepted)
  }

  /** D3: START is on disk before the process is. */
  #grant(event: Of<'grant'>): void {
    const held = this.#held(event)
    if (held?.phase !== 'accepted' || event.claim !== held.claim) return
    if (isLate(held, this.#now)) return this.#claim(held)
    this.effects.push({ kind: 'journal', record: { kind: 'start', ...idOf(held) } })
    this.#keep({ ...held, phase: 'started' })
    this.effects.push({ kind: 'spawn', ...idOf(held), job: event.job })
    this.#say(held, { kind: 'started' })
  }

  /** D8. What was not started ends here, and never will be. */
  #cancel(event: Of<'cancel'>): void {
    const held = this.#held(event)
    if (held === undefined) return
    if (held.phase === 'accepted') return this.#ended(held, neverStarted)
    if (held.phase === 'started') {
      this.effects.push({ kind: 'kill', ...idOf(held), force: event.force })
    }
  }

  /** D5: END is on disk before the result goes out. */
  #ended(held: HeldAttempt | undefined, result: ResultBody): void {
    if (held === undefined || held.phase === 'ended') return
    if (held.forgotten) return this.#forget(held)
    this.effects.push({ kind: 'journal', record: { kind: 'end', ...idOf(held), result } })
    this.#keep({ ...held, phase: 'ended' })
    this.effects.push({ kind: 'finish', ...idOf(held), result })
  }

  /** The server has it all: the attempt leaves the journal, its number stays (D2). */
  #forget(held: HeldAttempt | undefined): void {
    if (held === undefined) return
    const attempts = new Map(this.state.attempts)
    attempts.delete(keyOf(held))
    this.#change({ attempts })
    this.effects.push({ kind: 'journal', record: { kind: 'forget', ...idOf(held) } })
    this.effects.push({ kind: 'discard', ...idOf(held) })
  }

  /** Nobody wants it (its task was deleted): what runs is killed first. */
  #drop(held: HeldAttempt): void {
    if (held.phase !== 'started') return this.#forget(held)
    this.#keep({ ...held, forgotten: true })
    this.effects.push({ kind: 'kill', ...idOf(held), force: true })
  }

  #tick(): void {
    const { nonce, session, helloAt, heartbeatMs, beatAt, attempts } = this.state
    if (nonce !== null && session === null && this.#now - helloAt >= repeatMs) this.#hello()
    if (session === null) return
    if (this.#now - beatAt >= heartbeatMs) this.#heartbeat()
    for (const held of attempts.values()) {
      if (held.phase === 'accepted' && isLate(held, this.#now)) this.#claim(held)
    }
  }

  /** Asks anew: a grant that answers an earlier claim starts nothing any more. */
  #claim(held: HeldAttempt): void {
    if (this.state.session === null || held.inReview) return
    const asked = { ...held, claim: held.claim + 1, claimedAt: this.#now }
    this.#keep(asked)
    this.#say(asked, { kind: 'claim', claim: asked.claim })
  }

  /** The claim was not heard, or its grant is on its slow way here: that grant must stay good. */
  #reclaim(held: HeldAttempt): void {
    if (isLate(held, this.#now)) this.#claim(held)
    else this.#say(held, { kind: 'claim', claim: held.claim })
  }

  /** Without a session nothing is said: all of it is said anew after the next welcome. */
  #say({ task, attempt }: { task: number; attempt: number }, said: Said): void {
    const { session } = this.state
    if (session === null) return
    this.effects.push({ kind: 'state', task, attempt, message: { v: 1, session, ...said } })
  }

  #held(id: { task: number; attempt: number }): HeldAttempt | undefined {
    return this.state.attempts.get(keyOf(id))
  }

  #reach(further: Partial<Reached>): void {
    const reached = furthest(this.state.reached, further)
    if (reached.session > this.state.reached.session) {
      this.effects.push({ kind: 'note', record: { kind: 'reached', ...reached } })
    }
    this.#change({ reached })
  }

  #keep(held: HeldAttempt): void {
    this.#change({ attempts: new Map(this.state.attempts).set(keyOf(held), held) })
  }

  #change(change: Partial<RunnerState>): void {
    this.state = { ...this.state, ...change }
  }
}
