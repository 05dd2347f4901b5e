/** Files that tasks brought back: what is known of each. Their bytes are in chunks.ts. */
import type { Knex } from 'knex'
import { type Artifact, decodeArtifact } from '../../broker/artifacts.ts'
import { type Chunk, decodeBody } from '../../broker/codec.ts'
import type { ResultBody } from '../../broker/messages.ts'

export interface ArtifactRow extends Artifact {
  task_id: number
  attempt: number
  /** Of the chunk that told it: its bytes are the pieces of files since the artifact before it. */
  seq: number
}

/** Notes what `chunks` tell of files; a chunk that tells nothing is none of them. */
export async function insertArtifacts(
  db: Knex,
  task: number,
  attempt: number,
  chunks: readonly Chunk[],
): Promise<void> {
  const rows = chunks.flatMap((chunk): ArtifactRow[] => {
    const told = chunk.part === 'artifact' ? decodeArtifact(decodeBody(chunk)) : undefined
    return told === undefined ? [] : [{ task_id: task, attempt, seq: chunk.seq, ...told }]
  })
  if (rows.length > 0) await db('artifacts').insert(rows)
}

/** In the order in which they came. */
export async function listArtifacts(
  db: Knex,
  task: number,
  attempt: number,
): Promise<ArtifactRow[]> {
  const rows = await db<ArtifactRow>('artifacts').where({ task_id: task, attempt }).orderBy('seq')
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }))
}

export async function deleteArtifacts(db: Knex, task: number, attempt: number): Promise<void> {
  await db('artifacts').where({ task_id: task, attempt }).delete()
}

/**
 * A tool has ended, its template asks for files, and the runner has not said a word of any: people are to
 * see that, too.
 */
export async function noteSilence(
  db: Knex,
  task: number,
  attempt: number,
  { exit_code, chunks }: Pick<ResultBody, 'exit_code' | 'chunks'>,
): Promise<void> {
  if (exit_code === null) return
  const template = await db('tasks')
    .join('templates', 'templates.id', 'tasks.template_id')
    .where('tasks.id', task)
    .first('templates.artifacts')
  const globs: string[] = JSON.parse(template?.artifacts ?? '[]')
  if (globs.length === 0 || (await listArtifacts(db, task, attempt)).length > 0) return
  const row = { task_id: task, attempt, bytes: 0, sha256: null, problem: silence }
  await db('artifacts').insert(globs.map((name, index) => ({ ...row, seq: chunks + index, name })))
}

const silence = 'its runner said nothing of it: one of an older version knows no artifacts'

/** The first seq that pieces of this artifact may have. */
export async function firstSeq(
  db: Knex,
  { task_id, attempt, seq }: Pick<ArtifactRow, 'task_id' | 'attempt' | 'seq'>,
): Promise<number> {
  const before = await db('artifacts')
    .where({ task_id, attempt })
    .where('seq', '<', seq)
    .max('seq as seq')
    .first()
  return (before?.seq ?? -1) + 1
}

/** The piece in which byte `offset` of an artifact lies, and how many bytes come before that piece. */
export async function pieceAt(
  db: Knex,
  row: ArtifactRow,
  offset: number,
): Promise<{ seq: number; before: number }> {
  const { task_id, attempt, seq: end } = row
  const pieces = db('file_chunks')
    .where({ task_id, attempt })
    .where('seq', '>=', await firstSeq(db, row))
    .where('seq', '<', end)
    .select('seq', db.raw('sum(bytes) over (order by seq) - bytes as before'))
  const found = await db(pieces.as('pieces'))
    .where('before', '<=', offset)
    .orderBy('seq', 'desc')
    .first('seq', 'before')
  return found === undefined
    ? { seq: end, before: 0 }
    : { seq: found.seq, before: Number(found.before) }
}
