/**
 * The runners that a batch of messages comes from: read together before it, changed in memory, written
 * together after it. A fleet that comes back is so a few statements for every batch of five hundred
 * messages, and not half a dozen for each.
 */
import { holdersAmong } from '../store/attempts.ts'
import type { Tx } from '../store/commit.ts'
import { findRunners, type RunnerRow, updateRunners } from '../store/runners.ts'

export type RunnerChange = Partial<Omit<RunnerRow, 'id' | 'created'>>

export class Roster {
  readonly #tx: Tx
  readonly #ids: readonly number[]
  readonly #rows: Map<number, RunnerRow>
  readonly #changes = new Map<number, RunnerChange>()
  #holders: Promise<Set<number>> | undefined

  private constructor(tx: Tx, ids: readonly number[], rows: RunnerRow[]) {
    this.#tx = tx
    this.#ids = ids
    this.#rows = new Map(rows.map((row) => [row.id, row]))
  }

  static async open(tx: Tx, ids: Iterable<number>): Promise<Roster> {
    const distinct = [...new Set(ids)]
    return new Roster(tx, distinct, await findRunners(tx.db, distinct))
  }

  /** As it is with all changes so far; undefined if there is no such runner. */
  get(id: number): RunnerRow | undefined {
    return this.#rows.get(id)
  }

  change(id: number, change: RunnerChange): void {
    const row = this.#rows.get(id)
    if (row === undefined) return
    this.#rows.set(id, { ...row, ...change })
    this.#changes.set(id, { ...this.#changes.get(id), ...change })
  }

  /** False if it has no attempt that a batch could change: what messages say never gives it one. */
  async mayHold(id: number): Promise<boolean> {
    this.#holders ??= holdersAmong(this.#tx.db, this.#ids)
    return (await this.#holders).has(id)
  }

  /** Writes what was changed; those that changed alike in one statement. */
  async flush(): Promise<void> {
    const alike = new Map<string, { ids: number[]; change: RunnerChange }>()
    for (const [id, change] of this.#changes) {
      const key = JSON.stringify(change)
      const group = alike.get(key) ?? { ids: [], change }
      group.ids.push(id)
      alike.set(key, group)
    }
    this.#changes.clear()
    for (const { ids, change } of alike.values()) await updateRunners(this.#tx, ids, change)
  }
}
