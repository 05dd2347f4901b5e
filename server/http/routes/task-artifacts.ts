import { Readable } from 'node:stream'
import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { artifactBytes, artifactPart } from '../../feed/artifact-bytes.ts'
import { type ArtifactRow, listArtifacts } from '../../store/artifacts.ts'
import type { App } from '../app.ts'
import { byteRangeOf } from '../byte-range.ts'
import type { HttpContext } from '../context.ts'
import { Id, Nullable, Text } from '../fields.ts'
import { existing, TaskPath } from './tasks.ts'

const View = Type.Object({
  /** 1, 2, .. within the task's current attempt. */
  id: Id,
  /** Path below the repository, as the runner found it: any text. */
  name: Text,
  bytes: Type.Integer(),
  sha256: Nullable(Text),
  /** Why it cannot be downloaded. */
  problem: Nullable(Text),
})
const OnePath = Type.Object({ ...TaskPath.properties, id: Id })
const tags = ['task']
const all = '/api/project/:project_id/tasks/:task_id/artifacts'

/** The files that a task brought back. */
export function taskArtifactRoutes(app: App, context: HttpContext): void {
  const { store } = context
  const artifactsOf = async (path: Type.Static<typeof TaskPath>): Promise<ArtifactRow[]> => {
    const { id, attempt } = await existing(context, path)
    return await listArtifacts(store.read, id, attempt)
  }

  app.get(
    all,
    {
      config: { access: 'project:read' },
      schema: {
        tags,
        summary: 'The files that a task brought back, and those that it could not',
        params: TaskPath,
        response: { 200: Type.Array(View) },
      },
    },
    async (request) => (await artifactsOf(request.params)).map(viewOf),
  )

  app.get(
    `${all}/:id`,
    {
      // What is in it is not masked, and whoever may not start a task has not seen it elsewhere.
      config: { access: 'project:run' },
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: 'Download one of them; with "Range: bytes=.." a part of it: 206, or 416',
        params: OnePath,
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const row = (await artifactsOf(request.params))[id - 1]
      if (row === undefined) throw new AppError('not_found', `artifact ${id}: not found`)
      if (row.problem !== null) throw new AppError('not_found', `artifact ${id}: ${row.problem}`)
      const etag = `"${row.sha256}"`
      reply.header('etag', etag)
      if (request.headers['if-none-match'] === etag) return reply.status(304).send()
      reply.header('accept-ranges', 'bytes')
      const range = byteRangeOf(request, row.bytes, etag)
      if (range === 'outside') {
        const error = `range: expected a part of ${row.bytes} bytes, got none of them`
        return reply.status(416).header('content-range', `bytes */${row.bytes}`).send({ error })
      }
      const { first, last } = range ?? { first: 0, last: row.bytes - 1 }
      reply.headers({
        'content-type': 'application/octet-stream',
        'content-length': last + 1 - first,
        'content-disposition': `attachment; ${fileName(row.name)}`,
      })
      if (range === undefined) return reply.send(stream(artifactBytes(store.read, row)))
      return reply
        .status(206)
        .header('content-range', `bytes ${first}-${last}/${row.bytes}`)
        .send(stream(artifactPart(store.read, row, range)))
    },
  )
}

function stream(bytes: AsyncIterable<Uint8Array>): Readable {
  return Readable.from(bytes, { objectMode: false })
}

function viewOf(row: ArtifactRow, index: number): Type.Static<typeof View> {
  const { name, bytes, sha256, problem } = row
  return { id: index + 1, name, bytes, sha256, problem }
}

/** RFC 6266: the last part of the path, for old clients in ASCII. */
function fileName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const plain = name.replace(/[^\w.() -]/g, '_')
  const whole = encodeURIComponent(name).replace(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16)}`,
  )
  return `filename="${plain}"; filename*=UTF-8''${whole}`
}
