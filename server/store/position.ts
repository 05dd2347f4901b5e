/** Which database this is and how far it has come: what tells an old copy from the newest one. */
import type { Knex } from 'knex'
import { kept } from './kept-text.ts'

export interface Position {
  /** Its name for life, in all its copies. */
  database: string
  /** Transactions so far. */
  commits: number
}

export async function readPosition(db: Knex): Promise<Position> {
  const { database, commits } = await db('position').first()
  return { database, commits: Number(commits) }
}

const increment = kept((db, { known }: { known: number }) =>
  db('position')
    .whereRaw('total_changes() > ?', [known])
    .increment('commits', 1)
    .returning(['commits', db.raw('total_changes() as changes')]),
)

/** Numbers the transactions of one connection that write something: the others cost no fsync, nor shall they. */
export class CommitCounter {
  /** Rows that were written over this connection up to the last number, as SQLite counts them. */
  #changes = 0

  /**
   * To be asked last in each transaction: one statement, since every transaction waits for it.
   * @returns its number; undefined if it has written nothing
   */
  async next(db: Knex): Promise<number | undefined> {
    const [row] = await increment(db, { known: this.#changes })
    if (row === undefined) return undefined
    // The row of this very statement is counted when the statement is over.
    this.#changes = Number(row.changes) + 1
    return Number(row.commits)
  }

  /**
   * A transaction was undone, and perhaps its connection replaced by one that counts from nothing: the
   * next one gets a number, whatever it writes.
   */
  undone(): void {
    this.#changes = -1
  }
}
