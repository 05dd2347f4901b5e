/** Long lists, newest first, page by page: `?before=` the last id of the page before, `?limit=`. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { Id } from './fields.ts'

/** @param most what `limit` may be */
export function pageQuery(most: number) {
  return {
    before: Type.Optional(Id),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: most })),
  }
}

/** Says where the next page is (RFC 8288), if this one is full. */
export function linkNext(
  request: FastifyRequest,
  reply: FastifyReply,
  { rows, limit }: { rows: readonly { id: number }[]; limit: number },
): void {
  const last = rows.at(-1)
  if (last === undefined || rows.length < limit) return
  const next = new URL(request.url, 'http://any')
  next.searchParams.set('before', String(last.id))
  reply.header('link', `<${next.pathname}${next.search}>; rel="next"`)
}
