/** What a client has already is not sent again: an answer's ETag is the digest of its body (RFC 9110). */
import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** The hook behind every answer that is read; a stream has no body yet and passes. */
export async function answerWithEtag(
  request: FastifyRequest,
  reply: FastifyReply,
  body: unknown,
): Promise<unknown> {
  if (request.method !== 'GET' || reply.statusCode !== 200 || typeof body !== 'string') return body
  if (reply.hasHeader('etag')) return body
  const etag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  reply.header('etag', etag)
  const known = request.headers['if-none-match']?.split(/\s*,\s*/) ?? []
  if (!known.includes(etag)) return body
  reply.code(304)
  return ''
}
