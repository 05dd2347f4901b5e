/** How long the machine waits before it says something again. */
import type { HeldAttempt } from './state.ts'

/** D3: a grant that took longer than this to come may be from before a partition: claim again. */
export const grantWithinMs = 30_000

/** A hello that is not answered is said again after this long; a claim, if the server offers again. */
export const repeatMs = 10_000

/** @param now monotonic ms */
export function isLate({ claimedAt }: HeldAttempt, now: number): boolean {
  return now - claimedAt > grantWithinMs
}
