/** What both ways to a git server have in common: how much is asked, what comes back, what is said. */
import { AppError } from '../../../lib/errors.ts'

/** For the whole exchange, ms. */
export const timeoutMs = 15_000
/** A list of 50,000 branches. */
export const mostBytes = 8 * 1_048_576

export interface Ref {
  /** Its full name. */
  ref: string
  /** Where it stands. */
  oid: string
}

export function notAccepted(): AppError {
  return new AppError('invalid', 'the git server does not accept the key of the repository')
}

export function notReached(reason: string): AppError {
  return new AppError('unavailable', `the git server is not reached: ${reason}`)
}
