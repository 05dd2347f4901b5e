/**
 * The runner's machine of attempts: (state, event, now) -> (state, effects). Pure, so that a simulator
 * can drive it through any order of messages, crashes and torn writes. Rules D1 to D3, D6 and D8.
 *
 *   offer -> accepted --claim--> (grant within 30 s) -> started -> ended -> (result-ack) -> forgotten
 *               `--cancel--------------------------------------------^
 */
import type { ResultBody } from '../../broker/messages.ts'
import {
  type HeldAttempt,
  keyOf,
  type RunnerEffect,
  type RunnerEvent,
  type RunnerFacts,
  type RunnerState,
} from './state.ts'
import { acceptedAttempt, helloOf, neverStarted } from './words.ts'

/** D3: a grant that took longer than this to come may be from before a partition: claim again. */
export const grantWithinMs = 30_000
/** A claim or hello that is not answered is said again after this long. */
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
        this.#change({ nonce: event.nonce, session: null })
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
    const { nonce, accepting, attempts } = this.state
    if (nonce === null) return
    this.#change({ helloAt: this.#now, session: null })
    const message = helloOf(this.#facts, nonce, accepting, [...attempts.values()])
    this.effects.push({ kind: 'hello', message })
  }

  #heartbeat(): void {
    const { session, accepting } = this.state
    if (session === null) return
    this.#change({ beatAt: this.#now })
    this.effects.push({ kind: 'hello', message: { v: 1, kind: 'heartbeat', session, accepting } })
  }

  /** The link is whole again: everything unsettled is said anew, from where the server stands. */
  #welcome({ nonce, session, heartbeatMs, verdicts }: Of<'welcome'>): void {
    if (nonce !== this.state.nonce) return
    this.#change({ session, heartbeatMs, beatAt: this.#now })
    const told = new Map(verdicts.map((verdict) => [keyOf(verdict), verdict]))
    for (const held of this.state.attempts.values()) {
      const verdict = told.get(keyOf(held))
      if (verdict?.verdict === 'forget') this.#drop(held)
      else if (held.phase === 'accepted') this.#claim(held)
      else this.#resume(held, verdict?.next_seq)
    }
  }

  #resume(held: HeldAttempt, nextSeq: number | undefined): void {
    if (held.phase === 'started') this.#say(held, 'started')
    if (nextSeq !== undefined) this.effects.push({ kind: 'upload', ...idOf(held), nextSeq })
  }

  /** D1, D2: ACCEPT is on disk before the claim. A known attempt is answered from the journal. */
  #offer(task: number, attempt: number): void {
    const held = this.#held({ task, attempt })
    if (held !== undefined) {
      if (held.phase === 'started') this.#say(held, 'started')
      if (held.phase === 'accepted' && this.#now - held.claimedAt >= repeatMs) this.#claim(held)
      return
    }
    const refusal = this.#refusalOf(task, attempt)
    if (refusal !== undefined) return this.#refuse(task, attempt, refusal)
    const accepted = acceptedAttempt(task, attempt)
    this.effects.push({ kind: 'journal', record: { kind: 'accept', task, attempt } })
    this.#keep(accepted)
    this.#change({
      highest: new Map(this.state.highest).set(task, attempt),
      accepting: this.state.accepting && !this.#facts.oneOff,
    })
    this.#claim(accepted)
  }

  #refusalOf(task: number, attempt: number): 'stale' | 'draining' | 'busy' | undefined {
    if (attempt <= (this.state.highest.get(task) ?? 0)) return 'stale'
    if (!this.state.accepting) return 'draining'
    const { maxParallelTasks } = this.#facts
    const busy = [...this.state.attempts.values()].filter(({ phase }) => phase !== 'ended').length
    return maxParallelTasks > 0 && busy >= maxParallelTasks ? 'busy' : undefined
  }

  /** D3: START is on disk before the process is. */
  #grant(event: Of<'grant'>): void {
    const held = this.#held(event)
    if (held?.phase !== 'accepted' || event.claim !== held.claim) return
    if (this.#now - held.claimedAt > grantWithinMs) return this.#claim(held)
    const { task, attempt } = held
    this.effects.push({ kind: 'journal', record: { kind: 'start', task, attempt } })
    this.#keep({ ...held, phase: 'started' })
    this.effects.push({ kind: 'spawn', task, attempt, job: event.job })
    this.#say(held, 'started')
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
    const { task, attempt } = held
    this.effects.push({ kind: 'journal', record: { kind: 'end', task, attempt, result } })
    this.#keep({ ...held, phase: 'ended' })
    this.effects.push({ kind: 'finish', task, attempt, result })
  }

  /** The server has it all: the attempt leaves the journal, its number stays (D2). */
  #forget(held: HeldAttempt | undefined): void {
    if (held === undefined) return
    const { task, attempt } = held
    const attempts = new Map(this.state.attempts)
    attempts.delete(keyOf(held))
    this.#change({ attempts })
    this.effects.push({ kind: 'journal', record: { kind: 'forget', task, attempt } })
    this.effects.push({ kind: 'discard', task, attempt })
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
      if (held.phase === 'accepted' && this.#now - held.claimedAt >= repeatMs) this.#claim(held)
    }
  }

  #claim(held: HeldAttempt): void {
    const { session } = this.state
    if (session === null) return
    const claim = held.claim + 1
    this.#keep({ ...held, claim, claimedAt: this.#now })
    this.effects.push({
      kind: 'state',
      ...idOf(held),
      message: { v: 1, kind: 'claim', session, claim },
    })
  }

  #refuse(task: number, attempt: number, reason: 'stale' | 'draining' | 'busy'): void {
    const { session } = this.state
    if (session === null) return
    const message = { v: 1, kind: 'refuse', session, reason } as const
    this.effects.push({ kind: 'state', task, attempt, message })
  }

  #say(held: HeldAttempt, kind: 'started'): void {
    const { session } = this.state
    if (session === null) return
    this.effects.push({ kind: 'state', ...idOf(held), message: { v: 1, kind, session } })
  }

  #held(id: { task: number; attempt: number }): HeldAttempt | undefined {
    return this.state.attempts.get(keyOf(id))
  }

  #keep(held: HeldAttempt): void {
    this.#change({ attempts: new Map(this.state.attempts).set(keyOf(held), held) })
  }

  #change(change: Partial<RunnerState>): void {
    this.state = { ...this.state, ...change }
  }
}

function idOf({ task, attempt }: HeldAttempt): { task: number; attempt: number } {
  return { task, attempt }
}
