/**
 * One batch of messages in one transaction. Chunks of an attempt are gathered and written together, so
 * that the cost of a commit is shared by all that came while the last one was on its way to the disk.
 */
import type { Chunk } from '../../broker/codec.ts'
import { type AttemptEvent, decide } from '../core/attempt.ts'
import type { Decision, Effect, View } from '../core/views.ts'
import { loadView, saveDecision } from '../store/attempts.ts'
import { appendChunks, deleteChunks } from '../store/chunks.ts'
import type { Tx } from '../store/commit.ts'
import type { Appended, LogDigests } from './digests.ts'
import type { AttemptMessage, Incoming } from './incoming.ts'
import { noteWord } from './restored.ts'
import { standingOf } from './standing.ts'

/** Something to say to a runner once the batch is committed. */
export interface Saying {
  runner: number
  task: number
  attempt: number
  effect: Effect
}

/** An attempt touched by this batch: its view as of now, and what is not yet written of it. */
interface Touched {
  view: View
  chunks: Chunk[]
}

export class Batch {
  readonly sayings: Saying[] = []
  readonly appended: Appended[] = []
  /** Attempts whose log is over or begins anew: their running digest is of no more use. */
  readonly closed: { task: number; attempt: number }[] = []
  readonly #touched = new Map<string, Promise<Touched>>()
  readonly #tx: Tx
  readonly #digests: LogDigests
  readonly #now: number

  constructor(tx: Tx, digests: LogDigests, now: number) {
    this.#tx = tx
    this.#digests = digests
    this.#now = now
  }

  /** Reads what the messages are about; until something is written, that is how it is. */
  async foresee(incoming: readonly Incoming[]): Promise<void> {
    await Promise.all(
      incoming.map((one) => one.kind === 'attempt' && this.#touch(one.task, one.attempt)),
    )
  }

  /**
   * Lets attempt `attempt` of `task` say something. It must be `runner`'s own attempt.
   * @returns undefined if it is nothing that this database gave out: the hello is to tell what it is
   */
  async apply(
    runner: number,
    task: number,
    attempt: number,
    said: AttemptMessage,
  ): Promise<Decision | undefined> {
    const touched = await this.#touch(task, attempt)
    const own = touched.view.attempt?.runner === runner
    const view = own ? touched.view : { task: touched.view.task, attempt: undefined }
    const standing = await standingOf(this.#tx.db, { runner, task, attempt }, view, said)
    if (standing !== 'known') return standing === 'strange' ? undefined : { effects: [] }
    const decision = decide(view, await this.#eventOf(said, task, attempt, touched))
    await this.#write(touched, decision)
    if (decision.append && said.kind === 'chunk') {
      touched.chunks.push(said.chunk)
      this.appended.push({ task, attempt, seq: said.chunk.seq, raw: said.raw })
    }
    for (const effect of decision.effects) this.say({ runner, task, attempt, effect })
    if (decision.found !== undefined) {
      await this.flush()
      await noteWord(this.#tx, decision.found, this.#now)
    }
    return decision
  }

  /** Of several log acks of one attempt only the last is said. */
  say(saying: Saying): void {
    const { sayings } = this
    const last = sayings.at(-1)
    const repeats =
      saying.effect.kind === 'log-ack' &&
      last?.effect.kind === 'log-ack' &&
      last.task === saying.task &&
      last.attempt === saying.attempt &&
      last.runner === saying.runner
    if (repeats) sayings.pop()
    sayings.push(saying)
  }

  /** Writes what is gathered; before anything that reads the tables itself, and at the end. */
  async flush(): Promise<void> {
    for (const touched of this.#touched.values()) await this.#flushOne(await touched)
    this.#touched.clear()
  }

  #touch(task: number, attempt: number): Promise<Touched> {
    const key = `${task}.${attempt}`
    let touched = this.#touched.get(key)
    if (touched === undefined) {
      touched = loadView(this.#tx.db, task, attempt).then((view) => ({ view, chunks: [] }))
      this.#touched.set(key, touched)
    }
    return touched
  }

  async #eventOf(
    said: AttemptMessage,
    task: number,
    attempt: number,
    touched: Touched,
  ): Promise<AttemptEvent> {
    if (said.kind === 'chunk') return { ...said.chunk, kind: 'chunk' }
    if (said.kind !== 'result') return said
    await this.#flushOne(touched)
    const stored = await this.#digests.of(this.#tx.db, task, attempt)
    return { kind: 'result', result: said.result, stored }
  }

  /** A chunk that changes nothing but the log waits for its fellows; a transition is written now. */
  async #write(touched: Touched, decision: Decision): Promise<void> {
    const { attempt, task } = decision
    if (attempt === undefined && task === undefined) return
    const onlyLog = decision.append && task === undefined && attempt?.phase === undefined
    if (!onlyLog) {
      await this.#flushOne(touched)
      await saveDecision(this.#tx, touched.view, decision, this.#now)
    }
    const { view } = touched
    if (view.attempt && attempt) view.attempt = { ...view.attempt, ...attempt }
    if (view.task && task) view.task = { ...view.task, ...task }
    if (view.attempt === undefined || (!decision.resetLog && !attempt?.result)) return
    this.closed.push({ task: view.attempt.task, attempt: view.attempt.attempt })
    if (decision.resetLog) {
      // At once: another result in this batch is not to be judged by the log that is thrown away.
      this.#digests.forget(view.attempt.task, view.attempt.attempt)
      await deleteChunks(this.#tx.db, view.attempt.task, view.attempt.attempt)
    }
  }

  async #flushOne({ view, chunks }: Touched): Promise<void> {
    if (chunks.length === 0 || view.attempt === undefined) return
    const { task, attempt, nextSeq, bytes } = view.attempt
    await appendChunks(this.#tx.db, task, attempt, chunks.splice(0))
    await saveDecision(this.#tx, view, { attempt: { nextSeq, bytes }, effects: [] }, this.#now)
    this.#tx.emit({ kind: 'log', task, attempt, nextSeq })
  }
}
