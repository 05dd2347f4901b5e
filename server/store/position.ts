/** Which database this is and how far it has come: what tells an old copy from the newest one. */
import type { Knex } from 'knex'

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

/** Numbers the transactions of one connection that write something: the others cost no fsync, nor shall they. */
export class CommitCounter {
  #changes: number | undefined

  /** To be asked first in each transaction. */
  async begin(db: Knex): Promise<void> {
    this.#changes ??= await changesSoFar(db)
  }

  /** To be asked last in each transaction. @returns its number; undefined if it has written nothing */
  async end(db: Knex): Promise<number | undefined> {
    const changes = await changesSoFar(db)
    if (changes === this.#changes) return undefined
    const [row] = await db('position').increment('commits', 1).returning('commits')
    this.#changes = changes + 1
    return Number(row.commits)
  }
}

/** Rows that were written over this connection since it was opened. */
async function changesSoFar(db: Knex): Promise<number> {
  const [{ changes }] = await db.raw('select total_changes() as changes')
  return changes
}
