/**
 * Every error that a person may meet: a code, what was expected, what came, what to do.
 * `server/http/errors.ts` maps each code to a status once, `cli.ts` prints it as one line.
 */
export const errorCodes = {
  usage: 'the command line or request cannot be understood',
  invalid: 'a value has the wrong shape',
  unauthenticated: 'no or wrong credentials',
  forbidden: 'known, but not allowed',
  not_found: 'there is no such thing',
  conflict: 'it exists already, is in use, or is in a state that does not allow this',
  reused: 'the same Idempotency-Key was sent with another request',
  too_large: 'over a stated limit',
  too_many: 'tried too often; it works again after a stated time',
  unavailable: 'something needed is away; trying again later may work',
  config: 'the configuration cannot be used',
  locked: 'another process holds it',
  damaged: 'stored data fails its checksum',
  tool: 'a program that a task needs is missing or failed to start',
  repository: 'the repository cannot be fetched',
  internal: 'a fault of this program',
} as const

export type ErrorCode = keyof typeof errorCodes

export interface AppErrorOptions {
  fix?: string
  retryAfterSec?: number
  cause?: unknown
}

export class AppError extends Error {
  override name = 'AppError'
  readonly code: ErrorCode
  /** What the reader can do about it; printed after the message. */
  readonly fix: string | undefined
  /** When to try again, seconds, where that is known: the Retry-After header of an answer. */
  readonly retryAfterSec: number | undefined

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.fix = options.fix
    this.retryAfterSec = options.retryAfterSec
  }

  /** Message and fix as one line for a terminal or an `{"error": ...}` body. */
  get line(): string {
    return this.fix ? `${this.message}; ${this.fix}` : this.message
  }
}

/** Any thrown thing as one line without a stack; for people, never for programs. */
export function lineOf(error: unknown): string {
  if (error instanceof AppError) return error.line
  if (error instanceof AggregateError && error.errors.length > 0) return lineOf(error.errors[0])
  if (error instanceof Error) return error.message.split('\n')[0] || error.name
  return String(error)
}

/** The `code` of a system error (`ENOENT`, `EADDRINUSE`, ...) or undefined. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}
