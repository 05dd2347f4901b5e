/** How the steps of a job end: each failure as data, and as the one line that a person reads. */
import { AppError, lineOf } from '../../lib/errors.ts'
import type { JobEnd } from '../core/job-end.ts'
import type { Exit } from './process.ts'

/**
 * Runs a step; its failure begins with the words that Semaphore's users know. Of steps within steps
 * the innermost has the word.
 */
export function stepper(cancel: AbortSignal) {
  return async <T>(failure: string, work: () => Promise<T>): Promise<T> => {
    cancel.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      const told = [Stopped, Rejected, StepFailure].some((kind) => error instanceof kind)
      throw told ? error : new StepFailure(failure, error)
    }
  }
}

class StepFailure extends Error {
  readonly failure: string
  constructor(failure: string, cause: unknown) {
    super(lineOf(cause), { cause })
    this.failure = failure
  }
}

/** The command was ended because of the cancel, however it then ended. */
class Stopped extends Error {}

/** The command had ended badly by itself, whatever was wished later. */
class BadExit extends AppError {}

/** A person said no. */
class Rejected extends Error {}

/** Resolves when a person has said yes. */
export async function permission(ask: () => Promise<boolean>, cancel: AbortSignal): Promise<void> {
  cancel.throwIfAborted()
  const stopped = new Promise<never>((_, reject) => {
    cancel.addEventListener('abort', () => reject(new Stopped()), { once: true })
  })
  if (!(await Promise.race([ask(), stopped]))) throw new Rejected()
}

export function judge({ code, signal, cancelled, limit }: Exit): void {
  if (cancelled) throw new Stopped()
  if (limit !== undefined && code !== 0) throw new BadExit('tool', limit)
  if (signal !== null) throw new BadExit('tool', `ended by signal ${signal}`)
  if (code !== 0) throw new BadExit('tool', `exited with code ${code}`)
}

export interface Ending extends Pick<JobEnd, 'outcome' | 'reason'> {
  /** For the log. */
  line: string | null
}

export async function outcomeOf(work: Promise<void>, cancel: AbortSignal): Promise<Ending> {
  try {
    await work
    return { outcome: 'succeeded', reason: null, line: null }
  } catch (error) {
    const finished = error instanceof StepFailure && error.cause instanceof BadExit
    if (cancel.aborted && !finished) {
      return { outcome: 'cancelled', reason: 'stopped on request', line: 'Stopped on request' }
    }
    if (error instanceof Rejected) {
      return { outcome: 'failed', reason: 'rejected', line: 'Rejected' }
    }
    const reason = lineOf(error)
    const prefix = error instanceof StepFailure ? error.failure : 'Running app failed'
    return { outcome: 'failed', reason, line: `${prefix}: ${reason}` }
  }
}
