/**
 * Waiting tasks go out the moment a slot opens: every change that may open one wakes a pass. There is no
 * polling; the one timer repeats what was said and not heard: offers, cancels, answers (D1, D8, D11).
 */
import type { Postbox } from '../../broker/postbox.ts'
import { isFinal } from '../../broker/states.ts'
import type { Clock } from '../../lib/clock.ts'
import { lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { oneAtATime } from '../../lib/one-at-a-time.ts'
import type { Change } from '../store/changes.ts'
import type { Store } from '../store/open.ts'
import { unanswered } from '../store/unanswered.ts'
import { offerPass } from './offer-pass.ts'

export interface DispatchContext {
  store: Store
  postbox: Postbox
  /** max_parallel_tasks of the server, 0 = none. */
  maxParallelTasks: number
  clock: Clock
  random: () => number
  log: Log
  signal: AbortSignal
}

/** So often a look at what was not answered; what was so at the last look too is said again, ms. */
const resendMs = 10_000

/** Runs until `signal` aborts. */
export function startDispatcher(context: DispatchContext): void {
  const { store, postbox, log, signal } = context
  const wake = oneAtATime(() => pass(context))
  store.changes.listen((change) => {
    if (mayOpenSlot(change)) wake()
    // Not behind the pass: so the offer is on its way before the POST of the task is answered.
    if (change.kind === 'offered') {
      const { task, attempt, runner } = change
      postbox.tasks(runner, { v: 1, kind: 'offer', task, attempt })
      log.info('offered', { task, attempt, runner })
    }
    if (change.kind === 'cancel') {
      const { task, attempt, runner, force } = change
      postbox.tasks(runner, { v: 1, kind: 'cancel', task, attempt, force })
    }
    if (change.kind === 'answer') sayAnswer(postbox, change)
    if (change.kind === 'identify') postbox.tasks(change.runner, { v: 1, kind: 'identify' })
  }, signal)
  void resendLoop(context)
  wake()
}

/**
 * A task that is about to be or goes back to the queue, one that is over, a runner or rule that changed,
 * or the end of a pause of the database.
 */
function mayOpenSlot(change: Change): boolean {
  if (change.kind === 'task') return change.requeued === true || isFinal(change.status)
  return ['runner', 'rules', 'arriving', 'writable'].includes(change.kind)
}

async function pass({ store, maxParallelTasks, clock, random, log }: DispatchContext) {
  if (store.paused !== undefined) return
  try {
    await store.commit((tx) => offerPass(tx, maxParallelTasks, clock.now(), random))
  } catch (error) {
    log.error('dispatch failed', { reason: lineOf(error) })
  }
}

async function resendLoop({ store, postbox, clock, log, signal }: DispatchContext): Promise<void> {
  // By when it was made one cannot tell that an offer is old: the wall clock may have been set since.
  let seen: ReadonlySet<string> = new Set()
  const keyOf = ({ task, attempt }: { task: number; attempt: number }) => `${task}.${attempt}`
  while (!signal.aborted) {
    try {
      await clock.sleep(resendMs, signal)
      const { offers, cancels, answers } = await unanswered(store.read)
      const unheard = offers.filter((offer) => seen.has(keyOf(offer)))
      seen = new Set(offers.map(keyOf))
      // A claim could not be stored now. A cancel needs no answer to be worth its while.
      for (const { runner, ...offer } of store.paused === undefined ? unheard : []) {
        postbox.tasks(runner, { v: 1, kind: 'offer', ...offer })
      }
      for (const { runner, ...cancel } of cancels) {
        postbox.tasks(runner, { v: 1, kind: 'cancel', ...cancel })
      }
      for (const answer of answers) sayAnswer(postbox, answer)
    } catch (error) {
      if (!signal.aborted) log.error('resend failed', { reason: lineOf(error) })
    }
  }
}

function sayAnswer(
  postbox: Postbox,
  answer: { task: number; attempt: number; runner: number; confirmed: boolean },
): void {
  const { task, attempt, runner, confirmed } = answer
  postbox.tasks(runner, { v: 1, kind: confirmed ? 'confirm' : 'reject', task, attempt })
}
