/** What follows from one try of a delivery. Pure. */
import { lineOf } from '../../../lib/errors.ts'
import type { Claimed, Outcome } from '../../store/outbox.ts'
import type { Answer } from './post.ts'
import { nextWait, retryAfter, scheduleOf, webhookSchedule } from './schedule.ts'

export interface Circumstances {
  /** ms since the epoch */
  now: number
  /** 0 <= random() < 1 */
  random: () => number
  /** Whether other deliveries of the webhook arrived since this one was made. */
  receiverWorks: boolean
}

/** The receiver answered. */
export function judgeAnswer(one: Claimed, answer: Answer, at: Circumstances): Outcome {
  const { status } = answer
  const said = { last_status: status, last_answer: answer.snippet }
  if (status >= 200 && status < 300) {
    return { ...said, state: 'delivered', next_try: null, last_error: null }
  }
  if (status === 410) {
    const gone = 'the receiver answered 410 Gone'
    const outcome: Outcome = { ...said, state: 'failed', next_try: null, last_error: gone }
    return one.webhook_id === null ? outcome : { ...outcome, switch_off: gone }
  }
  const wait = retryAfter(answer.retryAfter, at.now)
  const outcome = again(one, { ...said, last_error: explained(status) }, at, wait)
  return { ...outcome, hold: wait === undefined ? undefined : at.now + wait }
}

/** No answer came: no address, no connection, no time, or the guard refused. */
export function judgeFailure(one: Claimed, error: unknown, at: Circumstances): Outcome {
  return again(one, { last_status: null, last_answer: null, last_error: lineOf(error) }, at)
}

/** This server is closing: the receiver is not to blame, and the next start sends it at once. */
export function judgeInterrupted(now: number): Outcome {
  return {
    state: 'pending',
    next_try: now,
    last_status: null,
    last_answer: null,
    last_error: 'the server was stopped while it was being sent',
  }
}

type Said = Pick<Outcome, 'last_status' | 'last_answer' | 'last_error'>

function again(one: Claimed, said: Said, at: Circumstances, atLeast = 0): Outcome {
  const schedule = scheduleOf(one.event)
  const wait = nextWait(schedule, one.tries, at.random)
  if (wait !== undefined) {
    return { ...said, state: 'pending', next_try: at.now + Math.max(wait, atLeast) }
  }
  const failed: Outcome = { ...said, state: 'failed', next_try: null }
  if (schedule !== webhookSchedule || at.receiverWorks) return failed
  return { ...failed, switch_off: `${one.tries} tries failed, the last one: ${said.last_error}` }
}

function explained(status: number): string {
  if (status < 300 || status >= 400) return `expected a 2xx status, got ${status}`
  return `expected a 2xx status, got ${status}: redirects are not followed, give the final address`
}
