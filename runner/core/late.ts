import type { HeldAttempt } from './state.ts'

/** D3: a grant that took longer than this to come may be from before a partition: claim again. */
export const grantWithinMs = 30_000

/** @param now monotonic ms */
export function isLate({ claimedAt }: HeldAttempt, now: number): boolean {
  return now - claimedAt > grantWithinMs
}
