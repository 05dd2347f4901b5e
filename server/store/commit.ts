/**
 * Group commit: works that arrive while an fsync runs share the next one. With synchronous=FULL one
 * commit costs 2 to 10 ms whatever is in it, so this is what carries thousands of transitions a second.
 */
import type { Knex } from 'knex'
import type { Clock } from '../../lib/clock.ts'
import type { AppError } from '../../lib/errors.ts'
import type { Change, Changes } from './changes.ts'
import { HangWatch } from './hang-watch.ts'
import { CommitCounter } from './position.ts'

/** What a work sees: the transaction, and where to say what it changed. */
export interface Tx {
  db: Knex
  /** Told to listeners after the commit; forgotten on rollback. */
  emit(change: Change): void
}

/** May run more than once (see `GroupCommit`), so all that it does, it does through `tx`. */
export type Work<T> = (tx: Tx) => Promise<T>

/**
 * Runs `work` in one transaction, begun as a writer's; commits it, or rolls it back and throws what went
 * wrong. Whatever that was, the next transaction begins on a sound connection.
 */
export type Transact = (work: (db: Knex) => Promise<void>) => Promise<void>

/** What a caller wants done in the same transaction, with what came of it; done again with it, too. */
export type Also<T = void> = (tx: Tx, value: T) => Promise<void>

export const nothingElse: Also<unknown> = async () => {}

interface Queued {
  work: Work<unknown>
  resolve(value: unknown): void
  reject(error: unknown): void
}

export interface CommitParts {
  transact: Transact
  changes: Changes
  /** What works are told of an error that is the fault of the disk and not of one of them. */
  judge(error: unknown): AppError | undefined
  /** Told the number of each transaction that wrote something. It must not throw. */
  onCommit?: ((number: number, changes: readonly Change[]) => void) | undefined
  clock: Clock
}

const batchLimit = 256

export class GroupCommit {
  readonly #parts: CommitParts
  readonly #counter = new CommitCounter()
  readonly #watch: HangWatch
  #queue: Queued[] = []
  #running: Promise<void> | undefined

  constructor(parts: CommitParts) {
    this.#parts = parts
    this.#watch = new HangWatch(parts.clock)
  }

  /**
   * Runs `work` in a transaction and resolves with its value once that is committed to disk. A work
   * that throws takes only itself down: the batch rolls back and each work runs again alone. If the
   * commit itself or the disk fails, all of the batch reject, and whether it happened is unknown (an
   * fsync error is not a rollback): callers must not acknowledge, and must be idempotent when they
   * try again.
   */
  run<T>(work: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve: resolve as (value: unknown) => void, reject })
      this.#running ??= this.#drain()
    })
  }

  /** Resolves when everything queued so far is settled; nothing comes after it. */
  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running
    this.#watch.close()
  }

  async #drain(): Promise<void> {
    // Let the works that are born in the same turn join the first batch.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, batchLimit)
      if (!(await this.#commit(batch)) && batch.length > 1) {
        for (const one of batch) await this.#commit([one])
      }
    }
    this.#running = undefined
  }

  /** False if a work of a larger batch threw; then nothing is settled and nothing happened. */
  async #commit(batch: Queued[]): Promise<boolean> {
    const { transact, judge, onCommit, changes } = this.#parts
    const emitted: Change[] = []
    let values: unknown[] = []
    let broken = false
    let number: number | undefined
    try {
      await transact(async (db) => {
        try {
          values = await this.#work(batch, db, (change) => emitted.push(change))
        } catch (error) {
          broken = true
          throw error
        }
        number = await this.#counter.next(db)
      })
    } catch (error) {
      this.#counter.undone()
      const trouble = judge(error)
      if (broken && trouble === undefined && batch.length > 1) return false
      for (const { reject } of batch) reject(trouble ?? error)
      return true
    }
    if (number !== undefined) onCommit?.(number, emitted)
    changes.emit(emitted)
    batch.forEach(({ resolve }, index) => {
      resolve(values[index])
    })
    return true
  }

  /** @throws AppError `internal` if it hangs: the store must not stand still with it for ever */
  async #work(batch: Queued[], db: Knex, emit: Tx['emit']): Promise<unknown[]> {
    // What hung and wakes up later must not write into the transaction of others.
    const { proxy, revoke } = Proxy.revocable(db, {})
    const work = async () => {
      const values: unknown[] = []
      for (const { work } of batch) values.push(await work({ db: proxy, emit }))
      return values
    }
    return await this.#watch.within(work()).finally(revoke)
  }
}
