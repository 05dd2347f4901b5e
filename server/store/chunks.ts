/** The logs: chunks as they travelled (still deflated), read back as bytes or as lines with a time. */
import { createHash, type Hash } from 'node:crypto'
import type { Knex } from 'knex'
import { type Chunk, decodeBody } from '../../broker/codec.ts'

interface ChunkRow {
  task_id: number
  attempt: number
  seq: number
  at: number
  bytes: number
  encoding: Chunk['encoding']
  body: Buffer
}

export interface LogPiece {
  attempt: number
  seq: number
  /** Runner's wall clock, ms. */
  at: number
  bytes: Uint8Array
}

/** At most so many chunks in one read, about 1.5 MB: a log may be larger than memory. */
const page = 100

/** Appends chunks whose seqs follow what is stored; the primary key refuses a second of any. */
export async function appendChunks(
  db: Knex,
  task: number,
  attempt: number,
  chunks: readonly Chunk[],
): Promise<void> {
  const rows = chunks.map(({ seq, at, bytes, encoding, body }) => ({
    task_id: task,
    attempt,
    seq,
    at,
    bytes,
    encoding,
    body: Buffer.from(body),
  }))
  // SQLite takes at most 32,766 bound values in a statement; 7 a row.
  for (let from = 0; from < rows.length; from += 500) {
    await db('chunks').insert(rows.slice(from, from + 500))
  }
}

export async function deleteChunks(db: Knex, task: number, attempt: number): Promise<void> {
  await db('chunks').where({ task_id: task, attempt }).delete()
}

/** The log of one attempt from `seq` on, in order, a page at a time. */
export async function* readLog(
  db: Knex,
  task: number,
  attempt: number,
  seq = 0,
): AsyncGenerator<LogPiece> {
  for (;;) {
    const rows: ChunkRow[] = await db<ChunkRow>('chunks')
      .where({ task_id: task, attempt })
      .where('seq', '>=', seq)
      .orderBy('seq')
      .limit(page)
    for (const row of rows) {
      yield { attempt, seq: row.seq, at: Number(row.at), bytes: decodeBody(row) }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < page) return
    seq = last.seq + 1
  }
}

/** Attempts of a task that have a log or may get one, lowest first. */
export function attemptsOf(db: Knex, task: number): Promise<number[]> {
  return db('attempts').where({ task_id: task }).orderBy('attempt').pluck('attempt')
}

/** The SHA-256 of a stored log so far, still open for more. Streams; never holds the log. */
export async function hashLog(db: Knex, task: number, attempt: number): Promise<Hash> {
  const hash = createHash('sha256')
  for await (const { bytes } of readLog(db, task, attempt)) hash.update(bytes)
  return hash
}

/** Lines with the time of the chunk in which they begin; a last line without newline counts too. */
export async function* readLines(
  pieces: AsyncIterable<LogPiece>,
): AsyncGenerator<{ at: number; line: string }> {
  const decoder = new TextDecoder()
  let pending = ''
  let began = 0
  for await (const { at, bytes } of pieces) {
    // Only what is new is searched: the line may be 100 MB long already.
    const [head = '', ...rest] = decoder.decode(bytes, { stream: true }).split('\n')
    if (pending === '') began = at
    pending += head
    for (const next of rest) {
      yield { at: began, line: pending }
      pending = next
      began = at
    }
  }
  const last = pending + decoder.decode()
  if (last !== '') yield { at: began, line: last }
}
