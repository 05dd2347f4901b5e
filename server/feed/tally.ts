/**
 * What is counted of logs, piece by piece: each look at a log goes on where the last one ended, so a log
 * that grows is never read twice. Remembered for the logs looked at last.
 */
import { setImmediate } from 'node:timers/promises'
import { type LogPiece, readLog } from '../store/chunks.ts'
import type { Knex } from '../store/owned.ts'

export interface Counting<T> {
  /** Of a log of which nothing was read. */
  nothing(): T
  /** A copy that the next pieces can be counted into. */
  copy(count: T): T
  add(count: T, piece: LogPiece): void
}

/** The count of all pieces up to `seq`; -1 = none. */
interface Tally<T> {
  seq: number
  count: T
}

/** Logs that are remembered. */
const kept = 50

export class LogTallies<T> {
  readonly #db: Knex
  readonly #counting: Counting<T>
  readonly #tallies = new Map<string, Promise<Tally<T>>>()

  constructor(db: Knex, counting: Counting<T>) {
    this.#db = db
    this.#counting = counting
  }

  /** As the log is now. One look after the other at each log, each counting only what is new. */
  of(task: number, attempt: number): Promise<Tally<T>> {
    const key = `${task}-${attempt}`
    const known = this.#tallies.get(key)
    const next = (async () => {
      return await this.#goOn(task, attempt, await known?.catch(() => undefined))
    })()
    this.#tallies.delete(key)
    this.#tallies.set(key, next)
    next.catch(() => this.#tallies.get(key) === next && this.#tallies.delete(key))
    const [oldest] = this.#tallies.keys()
    if (this.#tallies.size > kept && oldest !== undefined) this.#tallies.delete(oldest)
    return next
  }

  /** @param known what was counted; the last of it is looked up, for a damaged log begins anew */
  async #goOn(task: number, attempt: number, known: Tally<T> | undefined): Promise<Tally<T>> {
    const { nothing, copy, add } = this.#counting
    const last = known?.seq ?? -1
    const count = known ? copy(known.count) : nothing()
    let seq = last
    let seen = last < 0
    for await (const piece of readLog(this.#db, task, attempt, Math.max(0, last))) {
      seen ||= piece.seq === last
      if (piece.seq === last) continue
      add(count, piece)
      seq = piece.seq
      // Others have their turn: a long log takes a second of computing.
      await setImmediate()
    }
    return seen ? { seq, count } : this.#goOn(task, attempt, undefined)
  }
}
