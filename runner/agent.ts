/**
 * Drives the machine (core/step): events in, effects out, strictly one batch after the other. All
 * journal records of a batch are fsynced together before anything else of it is done (D2, D3, D5). If the
 * disk does not take them the batch has not happened: its events are stepped again by a machine that
 * knows, and so wants no records, until the journal can be written again. So the runner goes on to say
 * who it is, to kill what is to be killed and to send its logs, however long the disk is full.
 */
import { backoff } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'
import { lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { oneAtATime } from '../lib/one-at-a-time.ts'
import { Sparing } from '../lib/sparing.ts'
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
  journal: {
    append(records: JournalRecord[]): Promise<void>
    /** Rejects as long as the disk takes no records. */
    mend(): Promise<void>
  }
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

const retry = { first: 500, cap: 5_000 }
const sayAgainMs = 60_000

export class Agent {
  readonly #context: AgentContext
  readonly #wake: () => void
  #queue: RunnerEvent[] = []
  #state: RunnerState
  readonly #sparing: Sparing

  constructor(state: RunnerState, context: AgentContext) {
    this.#state = state
    this.#context = context
    this.#sparing = new Sparing({ everyMs: sayAgainMs, clock: context.clock })
    this.#wake = oneAtATime(() => this.#drain())
  }

  /** As of the last batch that was carried out. */
  get state(): RunnerState {
    return this.#state
  }

  post(event: RunnerEvent): void {
    this.#queue.push(event)
    this.#wake()
  }

  async #drain(): Promise<void> {
    const { signal } = this.#context
    while (this.#queue.length > 0 && !signal.aborted) {
      const events = this.#queue.splice(0)
      const { state, effects } = this.#step(events)
      const trouble = await this.#journal(effects)
      if (trouble === undefined) await this.#carryOut(state, effects)
      else if (!signal.aborted) this.#repent(events, trouble)
    }
  }

  #step(events: readonly RunnerEvent[]): { state: RunnerState; effects: RunnerEffect[] } {
    const { clock, facts } = this.#context
    let state = this.#state
    const effects: RunnerEffect[] = []
    for (const event of events) {
      const next = step(state, event, clock.monotonic(), facts)
      state = next.state
      effects.push(...next.effects)
    }
    return { state, effects }
  }

  /** @returns why the disk does not take the records, if so; whether they are there is unknown then */
  async #journal(effects: readonly RunnerEffect[]): Promise<string | undefined> {
    const { journal, foresee } = this.#context
    const records = effects.flatMap((one) => (one.kind === 'journal' ? [one.record] : []))
    if (records.length === 0) {
      for (const effect of effects) foresee?.(effect)
      return undefined
    }
    const trouble = journal.append(records).then(() => undefined, lineOf)
    // The journal begins to write in the turn after this one; what is foreseen is not to delay it.
    await Promise.resolve()
    for (const effect of effects) foresee?.(effect)
    return trouble
  }

  async #carryOut(state: RunnerState, effects: readonly RunnerEffect[]): Promise<void> {
    const { carryOut, onState, clock } = this.#context
    this.#state = state
    for (const effect of effects) {
      if (effect.kind === 'note') this.#note(effect.record)
      else if (effect.kind !== 'journal') carryOut(effect)
      // A process gets its orders in what is left of this turn; that it is started is said after that.
      if (effect.kind === 'spawn') await clock.sleep(0)
    }
    onState(state)
  }

  #repent(events: readonly RunnerEvent[], trouble: string): void {
    const again = events.filter(({ kind }) => kind !== 'journal')
    this.#queue.unshift({ kind: 'journal', trouble }, ...again)
    void this.#mend(trouble)
  }

  /** Tries until the journal can be written, then tells the machine. */
  async #mend(trouble: string): Promise<void> {
    const { journal, clock, random, log, signal } = this.#context
    const since = clock.monotonic()
    let reason: string | undefined = trouble
    for (let tries = 0; reason !== undefined; tries += 1) {
      this.#complain(reason)
      await clock.sleep(backoff(tries, { ...retry, random }), signal).catch(() => {})
      if (signal.aborted) return
      reason = await journal.mend().then(() => undefined, lineOf)
    }
    const afterMs = Math.round(clock.monotonic() - since)
    log.info('journal is written again', { after_ms: afterMs })
    this.post({ kind: 'journal', trouble: null })
  }

  #complain(reason: string): void {
    if (this.#sparing.happened('journal') === 0) return
    this.#context.log.error('journal cannot be written; nothing new is taken until it can', {
      reason,
    })
  }

  /** Unlike a record it holds up nothing: on a full disk the uploads must go on that make room. */
  #note(record: ReachedRecord): void {
    const { journal, log } = this.#context
    journal.append([record]).catch((error: unknown) => {
      log.warn('journal: session not noted', { reason: lineOf(error) })
    })
  }
}
