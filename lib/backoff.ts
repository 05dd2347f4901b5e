export interface BackoffOptions {
  /** Upper bound of the first delay, ms. */
  first: number
  /** Upper bound of every delay, ms. */
  cap: number
  /** 0 <= random() < 1 */
  random: () => number
}

/**
 * Delay before try number `attempt` (0, 1, ...), ms: uniform between 0 and min(cap, first * 2^attempt).
 * Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015): when a broker comes
 * back, 2,000 runners must not all knock in the same second.
 */
export function backoff(attempt: number, { first, cap, random }: BackoffOptions): number {
  return random() * Math.min(cap, first * 2 ** Math.min(attempt, 30))
}
