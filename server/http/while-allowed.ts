/** A live view lasts as long as its viewer may look: it ends with the session, the role or the user. */
import type { FastifyRequest } from 'fastify'
import { AppError } from '../../lib/errors.ts'
import { callerOf } from './access.ts'
import type { HttpContext } from './context.ts'

/** Also without a word: a session that expires, or what `outstation user ..` changes, tells nobody. */
const lookEveryMs = 15_000

/** Aborts with `signal`, or when who made `request` may not make it any more. */
export function whileAllowed(
  context: Pick<HttpContext, 'store' | 'clock' | 'config'>,
  request: FastifyRequest,
  signal: AbortSignal,
): AbortSignal {
  const refused = new AbortController()
  const either = AbortSignal.any([signal, refused.signal])
  const look = async () => {
    if (!(await isAllowed(context, request))) refused.abort()
  }
  context.store.changes.listen(({ kind }) => {
    if (kind === 'access') void look()
  }, either)
  void (async () => {
    while (!either.aborted) {
      await look()
      await context.clock.sleep(lookEveryMs, either).catch(() => {})
    }
  })()
  return either
}

/** A database that cannot be read takes nothing away from anybody. */
async function isAllowed(
  context: Pick<HttpContext, 'store' | 'clock' | 'config'>,
  request: FastifyRequest,
): Promise<boolean> {
  try {
    await callerOf(context, request)
    return true
  } catch (error) {
    const refusals = ['unauthenticated', 'forbidden', 'not_found']
    return !(error instanceof AppError && refusals.includes(error.code))
  }
}
