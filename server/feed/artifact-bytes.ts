import { createHash } from 'node:crypto'
import { AppError } from '../../lib/errors.ts'
import { type ArtifactRow, firstSeq, pieceAt } from '../store/artifacts.ts'
import { readFiles } from '../store/chunks.ts'
import type { Knex } from '../store/owned.ts'

/**
 * The bytes of a file that came back. Whoever reads them gets the last piece only if all of them are what
 * the runner told: a file that differs ends too early, and is never taken for whole.
 * @throws AppError `damaged`
 */
export async function* artifactBytes(db: Knex, row: ArtifactRow): AsyncGenerator<Uint8Array> {
  const { task_id, attempt, seq: end, name, sha256 } = row
  const hash = createHash('sha256')
  let held: Uint8Array | undefined
  for await (const { seq, bytes } of readFiles(db, task_id, attempt, await firstSeq(db, row))) {
    if (seq >= end) break
    if (held !== undefined) yield held
    hash.update(bytes)
    held = bytes
  }
  if (hash.digest('hex') !== sha256) {
    throw new AppError('damaged', `artifact ${name} of task ${task_id}: it is not what came`)
  }
  if (held !== undefined) yield held
}

/**
 * A part of it, from `first` to `last`, which count from 0 and are part of it. What comes before is not read, so
 * whoever puts parts together holds the whole against its digest.
 */
export async function* artifactPart(
  db: Knex,
  row: ArtifactRow,
  { first, last }: { first: number; last: number },
): AsyncGenerator<Uint8Array> {
  const { seq: from, before } = await pieceAt(db, row, first)
  let at = before
  for await (const { seq, bytes } of readFiles(db, row.task_id, row.attempt, from)) {
    if (seq >= row.seq || at > last) return
    yield bytes.subarray(Math.max(0, first - at), last + 1 - at)
    at += bytes.length
  }
}
