/** Tasks with files that they brought back, as an ingest leaves them. */
import { createHash } from 'node:crypto'
import type { Part } from '../../broker/chunk.ts'
import { decodeChunk, encodeChunk, limits } from '../../broker/codec.ts'
import { appendChunks } from '../../server/store/chunks.ts'
import type { Api } from './api.ts'
import type { Project } from './project.ts'

export interface Brought {
  name: string
  content: string | Buffer
  /** Then there is no content to be had. */
  problem?: string
  /** Of what was told; else of the content. */
  sha256?: string
}

/** A task that runs and has brought these. @returns its number */
export async function bringBack(
  { admin, context }: Api,
  project: Project,
  files: readonly Brought[],
): Promise<number> {
  const { id } = (
    await admin.post(`${project.path}/tasks`, { template_id: project.template })
  ).json()
  const chunks: ReturnType<typeof decodeChunk>[] = []
  const add = (bytes: Buffer, part: Part) => {
    const header = { session: 1, seq: chunks.length, part, at: 0 }
    chunks.push(decodeChunk(encodeChunk(header, bytes)))
  }
  for (const { name, content, problem = null, sha256 } of files) {
    const bytes = Buffer.from(content)
    for (let at = 0; at < bytes.length; at += limits.chunkBytes) {
      add(bytes.subarray(at, at + limits.chunkBytes), 'file')
    }
    const digest = sha256 ?? createHash('sha256').update(bytes).digest('hex')
    const told = { name, bytes: bytes.length, sha256: problem === null ? digest : null, problem }
    add(Buffer.from(JSON.stringify(told)), 'artifact')
  }
  await context.store.commit(async ({ db }) => {
    const row = { task_id: id, attempt: 1, runner_id: 1, phase: 'started', offered: 1 }
    await db('attempts').insert(row)
    await db('tasks').where({ id }).update({ status: 'running', attempt: 1 })
    await appendChunks(db, id, 1, chunks)
  })
  return id
}
