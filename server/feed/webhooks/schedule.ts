/** When to try again: the schedule that Standard Webhooks publishes, and Retry-After. Pure. */

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** Waits before each try of a project's webhook, ms: the last try comes about 76 hours after the event. */
export const webhookSchedule: readonly number[] = [
  0,
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
]

/** A runner's start or finish is of use only soon, so it is given up sooner. */
export const runnerSchedule: readonly number[] = webhookSchedule.slice(0, 4)

/** Someone looks at the answer to a test and asks again. */
const testSchedule: readonly number[] = [0]

export function scheduleOf(event: string): readonly number[] {
  if (event === 'webhook.test') return testSchedule
  return event.startsWith('runner.') ? runnerSchedule : webhookSchedule
}

/** No receiver puts us off for longer than this by Retry-After, ms. */
export const longestRetryAfter = 24 * hour

/**
 * Wait before the next try, ms, or undefined if that was the last one: the scheduled time and up to
 * a tenth more, so that what failed together does not come back together.
 * @param tries how many there were, 1 or more
 * @param random 0 <= random() < 1
 */
export function nextWait(
  schedule: readonly number[],
  tries: number,
  random: () => number,
): number | undefined {
  const wait = schedule[tries]
  return wait === undefined ? undefined : Math.round(wait * (1 + random() / 10))
}

/**
 * Retry-After (RFC 9110, 10.2.3) as ms from now, 0 to 24 h; undefined if there is none or it is
 * neither seconds nor a date.
 * @param now ms since the epoch
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  const wait = waitOf(header?.trim() ?? '', now)
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longestRetryAfter)
}

/** NaN if it is neither; Date.parse alone takes "-5" for May 2001. */
function waitOf(text: string, now: number): number {
  if (/^\d+$/.test(text)) return Number(text) * second
  return text.endsWith(' GMT') ? Date.parse(text) - now : Number.NaN
}
