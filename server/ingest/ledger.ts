/**
 * What the database knows, held against what a runner's hello says it knows: so a database that was put
 * back from a backup comes out. Read once for a batch, since a fleet comes back all at once.
 */
import type { Hello, Reached } from '../../broker/messages.ts'
import { type Books, judgeHello, type Strange } from '../core/recovery.ts'
import type { HelloReview } from '../core/session.ts'
import type { View } from '../core/views.ts'
import type { Tx } from '../store/commit.ts'
import {
  deleteReviewed,
  holdWaiting,
  insertReviewed,
  type ReviewedAttempt,
  reviewedAttempts,
  skipAttempts,
  updateReviewed,
} from '../store/reviews.ts'
import type { RunnerRow } from '../store/runners.ts'
import { allStarts, type StartRow } from '../store/starts.ts'
import { lastTaskNumber, skipTaskNumbers } from '../store/task-numbers.ts'
import { noteRestored } from './restored.ts'

export interface ReviewedHello extends HelloReview {
  reached: Reached
}

/** After so long without a decision a runner may drop what it has: its disk is not to fill for ever. */
const keepMs = 30 * 24 * 3_600_000

export class Ledger {
  readonly #tx: Tx
  #starts: Promise<StartRow[]> | undefined
  #lastTask: Promise<number> | undefined
  #reviewed: Promise<ReviewedAttempt[]> | undefined

  constructor(tx: Tx) {
    this.#tx = tx
  }

  /** What this runner can know at most. A database can be put back between two starts only. */
  async books({ session, start }: RunnerRow): Promise<Books> {
    const { db } = this.#tx
    this.#starts ??= allStarts(db)
    this.#lastTask ??= lastTaskNumber(db)
    const since = (await this.#starts).filter(({ id }) => id > start)
    const lastTask = since[0]?.last_task ?? (await this.#lastTask)
    return { session, lastTask, restored: since.some(({ found }) => found !== null) }
  }

  /** @param listed the runner's own views of what the hello lists, in its order */
  async review(
    runner: RunnerRow,
    hello: Hello,
    listed: readonly View[],
    { start, now }: { start: number; now: number },
  ): Promise<ReviewedHello> {
    const books = await this.books(runner)
    const kept = await this.#stillListed(runner.id, hello, now)
    const known = new Set(kept.keys())
    // A copy of a hello may come late, when what it lists has been decided on and dropped since.
    const fresh = runner.nonce !== hello.nonce || runner.start !== start
    const { strange, found, reached } = fresh
      ? judgeHello(runner.id, hello, listed, books, known)
      : { strange: [], found: [], reached: { session: runner.session, task: books.lastTask } }
    if (found.length > 0) {
      const { lastTask: upTo, restored } = books
      await noteRestored(this.#tx, { found, upTo, known: restored, now })
      await skipTaskNumbers(this.#tx, reached.task)
      this.#starts = undefined
      this.#lastTask = undefined
    }
    for (const one of strange) kept.set(keyOf(one), await this.#keep(runner.id, one, now))
    const keys = (givenUp: boolean) =>
      new Set([...kept].flatMap(([key, row]) => (row.given_up === givenUp ? [key] : [])))
    const restored = books.restored || found.length > 0
    return { undecided: keys(false), givenUp: keys(true), restored, reached }
  }

  /** What is in review of a runner and still on its disk, by 'task.attempt'. */
  async #stillListed(
    runner: number,
    hello: Hello,
    now: number,
  ): Promise<Map<string, ReviewedAttempt>> {
    this.#reviewed ??= reviewedAttempts(this.#tx.db)
    const rows = (await this.#reviewed).filter(({ runner_id }) => runner_id === runner)
    const kept = new Map<string, ReviewedAttempt>()
    if (rows.length === 0) return kept
    const phases = new Map(hello.attempts.map((known) => [keyOf(known), known.phase]))
    for (const row of rows) {
      const key = keyOf({ task: row.task_id, attempt: row.attempt })
      const phase = phases.get(key)
      if (phase === undefined) {
        await deleteReviewed(this.#tx, row)
        continue
      }
      const given_up = row.given_up || row.since <= now - keepMs
      await updateReviewed(this.#tx, row, { phase, given_up })
      kept.set(key, { ...row, phase, given_up })
    }
    return kept
  }

  async #keep(
    runner_id: number,
    { task: task_id, attempt, phase, sameTask: same_task }: Strange,
    now: number,
  ): Promise<ReviewedAttempt> {
    const row = { runner_id, task_id, attempt, phase, same_task, since: now, given_up: false }
    await insertReviewed(this.#tx, row)
    this.#reviewed = undefined
    await skipAttempts(this.#tx, task_id, attempt)
    if (same_task) {
      const why = `runner ${runner_id} has attempt ${attempt} of it, which was not given to it here`
      await holdWaiting(this.#tx, { task: task_id }, why)
    }
    return row
  }
}

function keyOf({ task, attempt }: { task: number; attempt: number }): string {
  return `${task}.${attempt}`
}
