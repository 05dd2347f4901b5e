/** One try of one delivery: sign, post, judge, write down. */
import type { Clock } from '../../../lib/clock.ts'
import { AppError, lineOf } from '../../../lib/errors.ts'
import type { Log } from '../../../lib/log.ts'
import type { Cipher } from '../../store/cipher.ts'
import type { Store } from '../../store/open.ts'
import { type Claimed, deliveredSince, type Outcome, settle } from '../../store/outbox.ts'
import type { AddressGuard } from './address-guard.ts'
import { judgeAnswer, judgeFailure, judgeInterrupted } from './judge.ts'
import { post } from './post.ts'
import { signedHeaders } from './signed-headers.ts'

export interface Attempt {
  store: Store
  cipher: Cipher
  guard: AddressGuard
  /** Longest time from the first look-up to the end of the answer, ms. */
  timeout: number
  clock: Clock
  random: () => number
  /** Told what came of a try once it is written down. */
  onOutcome?: ((state: Outcome['state']) => void) | undefined
  log: Log
  /** Aborted when the server closes. */
  closing: AbortSignal
}

/** Never rejects: if the outcome cannot be written down, the lease runs out and it is sent again. */
export async function attempt(one: Claimed, parts: Attempt): Promise<void> {
  const { store, clock, log } = parts
  try {
    const outcome = await outcomeOf(one, parts)
    await store.commit((tx) => settle(tx, one, outcome, clock.now()))
    parts.onOutcome?.(outcome.state)
    report(one, outcome, log)
  } catch (error) {
    log.error('webhook outcome not written', { message: one.message_id, error: lineOf(error) })
  }
}

async function outcomeOf(one: Claimed, parts: Attempt): Promise<Outcome> {
  const { store, cipher, guard, clock, random, closing } = parts
  const { webhook_id, created } = one
  const receiverWorks =
    webhook_id !== null && (await deliveredSince(store.read, webhook_id, created))
  const circumstances = () => ({ now: clock.now(), random, receiverWorks })
  try {
    const headers = signedHeaders(one, cipher, clock.now())
    const message = { url: new URL(one.url), headers, body: Buffer.from(one.body) }
    const answer = await within(parts, (signal) => post(message, guard, signal))
    return judgeAnswer(one, answer, circumstances())
  } catch (error) {
    if (closing.aborted) return judgeInterrupted(clock.now())
    return judgeFailure(one, error, circumstances())
  }
}

/** Aborts `work` after the timeout or when the server closes, whichever comes first. */
async function within<T>(
  { timeout, clock, closing }: Attempt,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController()
  const over = new AbortController()
  const close = () => end.abort(closing.reason)
  closing.addEventListener('abort', close, { signal: over.signal })
  if (closing.aborted) close()
  clock.sleep(timeout, over.signal).then(
    () => end.abort(new AppError('unavailable', `no answer within ${timeout / 1000} s`)),
    () => {},
  )
  try {
    return await work(end.signal)
  } finally {
    over.abort()
  }
}

function report(one: Claimed, outcome: Outcome, log: Log): void {
  const { state, next_try, last_error, switch_off } = outcome
  const about = { to: one.lane, tells: one.event, message: one.message_id, tries: one.tries }
  if (state === 'delivered') {
    log.debug('webhook delivered', about)
  } else {
    const next = next_try === null ? 'never' : new Date(next_try).toISOString()
    log.warn('webhook not delivered', { ...about, error: last_error, next })
  }
  if (switch_off !== undefined) log.warn('webhook switched off', { ...about, reason: switch_off })
}
