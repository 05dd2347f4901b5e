import { AppError, lineOf, systemCode } from '../lib/errors.ts'

/**
 * How the program says that it failed: on stderr, a line for each thing that is wrong, and by its exit
 * code: 1 = it failed, 2 = it was called wrongly. Stacks are for developers (OUTSTATION_DEBUG=1).
 */
export function fail(error: unknown): void {
  for (const line of textOf(error).split('\n')) process.stderr.write(`outstation: ${line}\n`)
  if (process.env.OUTSTATION_DEBUG) console.error(error)
  process.exitCode = error instanceof AppError && error.code === 'usage' ? 2 : 1
}

function textOf(error: unknown): string {
  if (error instanceof AppError) return error.line
  // What the system refuses about a file says so itself: "EACCES: permission denied, open '/x'".
  const refused = systemCode(error) !== undefined && 'path' in (error as object)
  return refused ? lineOf(error) : `a fault of this program: ${lineOf(error)}`
}

/** `outstation task log 7 | head` ends when head does. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
    throw error
  })
}
