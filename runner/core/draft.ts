/** One step of the machine while it is being made: the state as it will be, and the effects so far. */
import type { Reached } from '../../broker/messages.ts'
import {
  furthest,
  type HeldAttempt,
  keyOf,
  type RunnerEffect,
  type RunnerFacts,
  type RunnerState,
  type Said,
} from './state.ts'

interface Id {
  task: number
  attempt: number
}

export class Draft {
  state: RunnerState
  readonly effects: RunnerEffect[] = []
  /** Monotonic, ms. */
  readonly now: number
  readonly facts: RunnerFacts

  constructor(state: RunnerState, now: number, facts: RunnerFacts) {
    this.state = state
    this.now = now
    this.facts = facts
  }

  held(id: Id): HeldAttempt | undefined {
    return this.state.attempts.get(keyOf(id))
  }

  keep(held: HeldAttempt): void {
    this.change({ attempts: new Map(this.state.attempts).set(keyOf(held), held) })
  }

  change(change: Partial<RunnerState>): void {
    this.state = { ...this.state, ...change }
  }

  effect(effect: RunnerEffect): void {
    this.effects.push(effect)
  }

  /** Without a session nothing is said: all of it is said anew after the next welcome. */
  say({ task, attempt }: Id, said: Said): void {
    const { session } = this.state
    if (session === null) return
    this.effect({ kind: 'state', task, attempt, message: { v: 1, session, ...said } })
  }

  /** How far the server has come: a new session is noted on disk. */
  reach(further: Partial<Reached>): void {
    const reached = furthest(this.state.reached, further)
    if (reached.session > this.state.reached.session) {
      this.effect({ kind: 'note', record: { kind: 'reached', ...reached } })
    }
    this.change({ reached })
  }
}
