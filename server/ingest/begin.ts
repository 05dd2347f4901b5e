/** The server begins: nobody is there yet, and perhaps the database is not the one that it left. */
import type { Tx } from '../store/commit.ts'
import { readPosition } from '../store/position.ts'
import { insertStart } from '../store/starts.ts'
import { lastTaskNumber, skipTaskNumbers } from '../store/task-numbers.ts'
import type { Seen } from '../store/witness.ts'
import { noteRestored } from './restored.ts'
import { markAllOffline } from './silence.ts'

/**
 * @param lost what was seen of this database beyond what it holds now
 * @returns the number of this start
 */
export async function begin(tx: Tx, lost: Seen | undefined, now: number): Promise<number> {
  await markAllOffline(tx, now)
  const start = await insertStart(tx, now)
  if (lost === undefined) return start
  const { commits } = await readPosition(tx.db)
  const found = [
    `it was at commit ${lost.commits} when this server last wrote to it, and is at ${commits}`,
  ]
  await noteRestored(tx, { found, upTo: await lastTaskNumber(tx.db), known: false, now })
  await skipTaskNumbers(tx, lost.task)
  return start
}
