/**
 * Drives the machine (core/step): events in, effects out, strictly one batch after the other. All
 * journal records of a batch are fsynced together before anything else of it is done (D2, D3, D5).
 */

import { backoff } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'
import { lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { oneAtATime } from '../lib/one-at-a-time.ts'
import type {
  JournalRecord,
  ReachedRecord,
  RunnerEffect,
  RunnerEvent,
  RunnerFacts,
  RunnerState,
} from './core/state.ts'
import { step } from './core/step.ts'

export interface AgentContext {
  facts: RunnerFacts
  journal: { append(records: JournalRecord[]): Promise<void> }
  /**
   * Told of each effect while the records before it are on their way to the disk: what it will need may
   * be made ready, and nothing of that may be seen from outside. Must not throw.
   */
  foresee?(effect: RunnerEffect): void
  /** Does one effect that is not for the journal; must not throw. */
  carryOut(effect: Exclude<RunnerEffect, { kind: 'journal' | 'note' }>): void
  /** Called after each batch. */
  onState(state: RunnerState): void
  clock: Clock
  random: () => number
  log: Log
  signal: AbortSignal
}

export class Agent {
  readonly #context: AgentContext
  readonly #wake: () => void
  #queue: RunnerEvent[] = []
  #state: RunnerState

  constructor(state: RunnerState, context: AgentContext) {
    this.#state = state
    this.#context = context
    this.#wake = oneAtATime(() => this.#drain())
  }

  get state(): RunnerState {
    return this.#state
  }

  post(event: RunnerEvent): void {
    this.#queue.push(event)
    this.#wake()
  }

  async #drain(): Promise<void> {
    const { foresee, carryOut, onState, signal } = this.#context
    while (this.#queue.length > 0 && !signal.aborted) {
      const effects = this.#queue.splice(0).flatMap((event) => this.#step(event))
      const records = effects.flatMap((effect) =>
        effect.kind === 'journal' ? [effect.record] : [],
      )
      const journaled = records.length === 0 || this.#journal(records)
      // The journal begins to write in the turn after this one; what is foreseen is not to delay it.
      await Promise.resolve()
      for (const effect of effects) foresee?.(effect)
      if (!(await journaled)) return
      for (const effect of effects) {
        if (effect.kind === 'note') this.#note(effect.record)
        else if (effect.kind !== 'journal') carryOut(effect)
      }
      onState(this.#state)
    }
  }

  #step(event: RunnerEvent): RunnerEffect[] {
    const { clock, facts } = this.#context
    const { state, effects } = step(this.#state, event, clock.monotonic(), facts)
    this.#state = state
    return effects
  }

  /** Unlike a record it holds up nothing: on a full disk the uploads must go on that make room. */
  #note(record: ReachedRecord): void {
    const { journal, log } = this.#context
    journal.append([record]).catch((error: unknown) => {
      log.warn('journal: session not noted', { reason: lineOf(error) })
    })
  }

  /**
   * A full disk is waited out: nothing is claimed, started or reported meanwhile, and nothing lost.
   * @returns false if the runner was stopped before the records were on disk.
   */
  async #journal(records: JournalRecord[]): Promise<boolean> {
    const { journal, clock, random, log, signal } = this.#context
    for (let tries = 0; !signal.aborted; tries += 1) {
      try {
        await journal.append(records)
        return true
      } catch (error) {
        log.error('journal cannot be written; nothing new is started until it can', {
          reason: lineOf(error),
        })
        await clock
          .sleep(backoff(tries, { first: 1000, cap: 30_000, random }), signal)
          .catch(() => {})
      }
    }
    return false
  }
}
