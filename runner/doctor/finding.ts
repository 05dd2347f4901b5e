/** What one check came to. */
import { AppError, lineOf } from '../../lib/errors.ts'

export interface Finding {
  check: string
  /** `note`: works, but worth knowing. `skipped`: what it needs has failed. */
  state: 'ok' | 'note' | 'failed' | 'skipped'
  says: string
  /** What to do about it. */
  fix?: string
}

/** A check that ended in an error: its message, and what that says to do. */
export function failed(check: string, error: unknown): Finding {
  const fix = error instanceof AppError ? error.fix : undefined
  const says = error instanceof AppError ? error.message : lineOf(error)
  return { check, state: 'failed', says, ...(fix === undefined ? {} : { fix }) }
}
