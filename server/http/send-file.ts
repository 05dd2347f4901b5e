import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PageFile } from './pages.ts'

/** What the client has already is not sent again, and compressed if it takes that. */
export function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: PageFile,
): FastifyReply {
  reply.headers({
    'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: file.etag,
    vary: 'accept-encoding',
  })
  if (request.headers['if-none-match'] === file.etag) return reply.status(304).send()
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const encoding = (['br', 'gzip'] as const).find(
    (name) => file[name] !== undefined && new RegExp(`\\b${name}\\b`).test(accepted),
  )
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  return reply
    .status(200)
    .type(file.type)
    .send(encoding ? file[encoding] : file.plain)
}
