/**
 * The logs: chunks as they travelled (still deflated), read back as bytes or as lines with a time. The files
 * that came between them lie in a table of their own, so that no reader of a log comes across them.
 */
import type { Knex } from 'knex'
import { type Chunk, decodeBody } from '../../broker/codec.ts'
import { deleteArtifacts, insertArtifacts } from './artifacts.ts'

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

const tables = ['chunks', 'file_chunks'] as const
type Table = (typeof tables)[number]

const tableOf = ({ part }: Chunk): Table => (part === undefined ? 'chunks' : 'file_chunks')

/** Appends chunks whose seqs follow what is stored; the primary key refuses a second of any. */
export async function appendChunks(
  db: Knex,
  task: number,
  attempt: number,
  chunks: readonly Chunk[],
): Promise<void> {
  for (const table of tables) {
    const rows = chunks
      .filter((chunk) => tableOf(chunk) === table)
      .map(({ seq, at, bytes, encoding, body }) => ({
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
      await db(table).insert(rows.slice(from, from + 500))
    }
  }
  await insertArtifacts(db, task, attempt, chunks)
}

export async function deleteChunks(db: Knex, task: number, attempt: number): Promise<void> {
  for (const table of tables) await db(table).where({ task_id: task, attempt }).delete()
  await deleteArtifacts(db, task, attempt)
}

/**
 * The pieces of a file of which its runner did not come to say what they were: nobody can ask for them. Not before
 * the attempt's result is taken, whose digest is of these, too.
 */
export async function deletePartOfFile(db: Knex, task: number, attempt: number): Promise<void> {
  const of = { task_id: task, attempt }
  const [told] = await db('artifacts').where(of).max('seq as seq')
  await db('file_chunks')
    .where(of)
    .where('seq', '>', told?.seq ?? -1)
    .delete()
}

type Read = [db: Knex, task: number, attempt: number, seq?: number]

/** The log of one attempt from `seq` on, in order, a page at a time. */
export function readLog(...read: Read): AsyncGenerator<LogPiece> {
  return readTable('chunks', ...read)
}

/** What came of files in this attempt from `seq` on, their descriptions included, like `readLog`. */
export function readFiles(...read: Read): AsyncGenerator<LogPiece> {
  return readTable('file_chunks', ...read)
}

/** All that came of an attempt, log and files: what its result has the digest of. */
export async function* readAll(...read: Read): AsyncGenerator<LogPiece> {
  const [log, files] = [readLog(...read), readFiles(...read)]
  let [line, file] = [await log.next(), await files.next()]
  while (!line.done || !file.done) {
    if (!line.done && (file.done || line.value.seq < file.value.seq)) {
      yield line.value
      line = await log.next()
    } else if (!file.done) {
      yield file.value
      file = await files.next()
    }
  }
}

async function* readTable(
  table: Table,
  ...[db, task, attempt, from = 0]: Read
): AsyncGenerator<LogPiece> {
  let seq = from
  for (;;) {
    const rows: ChunkRow[] = await db<ChunkRow>(table)
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
