import type { RunnerFacts, RunnerState, Said } from './state.ts'

/** Why an offer that is not in the journal is not taken; undefined if it is (D2). */
export function refusalOf(
  { highest, accepting, attempts, refused, trouble, shortage }: RunnerState,
  { maxParallelTasks: most }: RunnerFacts,
  task: number,
  attempt: number,
): Said | undefined {
  const kind = 'refuse'
  const seen = highest.get(task) ?? 0
  if (attempt <= seen) return { kind, reason: 'stale', highest: seen }
  if (!accepting) return { kind, reason: 'draining' }
  if (trouble !== null || shortage !== null) return { kind, reason: 'busy' }
  // What is in review and never began takes no room: nobody knows for how long.
  const takesRoom = [...attempts.values()].filter(
    ({ phase, inReview }) => phase === 'started' || (phase === 'accepted' && !inReview),
  )
  const busy = (most > 0 && takesRoom.length >= most) || refused.get(task) === attempt
  return busy ? { kind, reason: 'busy' } : undefined
}
