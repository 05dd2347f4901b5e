/**
 * SIGINT and SIGTERM as AbortSignals: the first signal aborts the first of them, the second the second.
 * A Ctrl-C beyond them ends the process at once, for a person who does not want to wait. Supervisors
 * have SIGKILL for that, so a SIGTERM too many (one for the process, one for its group) does nothing.
 */
export function signalsOf(count: number): AbortSignal[] {
  const controllers = Array.from({ length: count }, () => new AbortController())
  const waiting = [...controllers]
  const next = (name: string) => waiting.shift()?.abort(new Error(`stopped by ${name}`))
  process.on('SIGTERM', () => next('SIGTERM'))
  process.on('SIGINT', () => {
    if (waiting.length === 0) process.exit(130)
    next('SIGINT')
  })
  return controllers.map(({ signal }) => signal)
}
