/** How long the machine waits before it says something again. */
import type { HeldAttempt } from './state.ts'

/** D3: a grant that took longer than this to come may be from before a partition: claim again. */
export const grantWithinMs = 30_000
/**
 * It may as well be a large one on a slow link, which would come too late each time, for ever: so the
 * next one may take twice as long, up to this. Less than the time after which a task is given to
 * somebody else, unless that is set very short.
 */
export const grantWithinAtMostMs = 480_000

/** A hello that is not answered is said again after this long; a claim, if the server offers again. */
export const repeatMs = 10_000

/** @param now monotonic ms */
export function isLate({ claimedAt, patienceMs }: HeldAttempt, now: number): boolean {
  return now - claimedAt > patienceMs
}

/** The same attempt, whose next grant may take longer than the last one, which was late. */
export function morePatient(held: HeldAttempt): HeldAttempt {
  return { ...held, patienceMs: Math.min(2 * held.patienceMs, grantWithinAtMostMs) }
}
