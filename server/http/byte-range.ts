/** The part of something that a request asks for (RFC 9110, 14): one range of bytes, or all. */
import type { FastifyRequest } from 'fastify'

/** Both count from 0 and are part of it. */
export interface ByteRange {
  first: number
  last: number
}

/**
 * @param size of the whole, in bytes. @param etag of the whole as it is now
 * @returns undefined = the whole: no range is asked for, several are, or of something else than `etag` names;
 *   'outside' = there is no such part, which is a 416
 */
export function byteRangeOf(
  { headers }: Pick<FastifyRequest, 'headers'>,
  size: number,
  etag: string,
): ByteRange | 'outside' | undefined {
  const condition = headers['if-range']
  if (condition !== undefined && condition !== etag) return undefined
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range ?? '') ?? []
  if (from === '' && to === '') return undefined
  // "-500": the last 500.
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && from !== '' && Number(to) < first) return undefined
  return first > last ? 'outside' : { first, last }
}
