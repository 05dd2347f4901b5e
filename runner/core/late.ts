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

/**
 * So many that were late though it waited for as long as it may: the link does not carry this job. To
 * ask for it again would cost a metered link its volume, and never end.
 */
export const lateAtMost = 3

/** @param now monotonic ms */
export function isLate({ claimedAt, patienceMs }: HeldAttempt, now: number): boolean {
  return now - claimedAt > patienceMs
}

/** The same attempt, whose next grant may take longer than the last one, which was late. */
export function morePatient(held: HeldAttempt): HeldAttempt {
  return { ...held, patienceMs: Math.min(2 * held.patienceMs, grantWithinAtMostMs) }
}

/** The same attempt, to which a grant came that is of no use any more. */
export function onceMoreLate(held: HeldAttempt): HeldAttempt {
  return held.patienceMs < grantWithinAtMostMs ? held : { ...held, late: held.late + 1 }
}
