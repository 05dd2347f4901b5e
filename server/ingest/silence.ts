/** Runners that come and go, written down: their own row, and what it means for their tasks (D7). */
import { decideReachable, decideSilent, decideUnreachable } from '../core/silence.ts'
import type { Decision, View } from '../core/views.ts'
import { decideWithdraw } from '../core/wish.ts'
import { holdersAmong, liveViews, saveDecision } from '../store/attempts.ts'
import type { Tx } from '../store/commit.ts'
import { findRunner, listRunners, updateRunner, updateRunners } from '../store/runners.ts'
import { silenceRulesOf } from '../store/silence-rules.ts'

/** Its connection is gone. What it was only offered goes back to the queue; the rest may go on. */
export async function takeOffersBack(tx: Tx, runner: number, now: number): Promise<void> {
  await forEachLive(tx, runner, now, decideWithdraw)
}

/**
 * At start nobody is there until heard: who was online before may have gone meanwhile, for ever. The next
 * hello of each is a first one, also over a connection that outlived us (an external broker's): what the
 * database remembers of that connection may be older than the hello, as it may come from a backup.
 */
export async function markAllOffline(tx: Tx, now: number): Promise<void> {
  const all = (await listRunners(tx.db)).filter(({ nonce }) => nonce !== null)
  if (all.length === 0) return
  const ids = all.map(({ id }) => id)
  await updateRunners(tx, ids, { online: false, nonce: null })
  const online = all.filter((runner) => runner.online).map(({ id }) => id)
  for (const id of await holdersAmong(tx.db, online)) await takeOffersBack(tx, id, now)
}

/** Nothing was heard for a whole lease. */
export async function markSilent(tx: Tx, runner: number, now: number): Promise<void> {
  await updateRunner(tx, runner, { online: false })
  await forEachLive(tx, runner, now, decideUnreachable)
}

/** It is heard again, in the session that it had. */
export async function takeTasksUp(tx: Tx, runner: number, now: number): Promise<void> {
  await forEachLive(tx, runner, now, decideReachable)
}

/**
 * Applies the templates' policies to what has waited longer than its grace.
 * @param silentMs how long the runner has been silent beyond its lease
 * @param graceMs where a template has none of its own
 * @returns true if the runner still holds something that may run out of grace later
 */
export async function giveUp(
  tx: Tx,
  runner: number,
  { silentMs, graceMs, now }: { silentMs: number; graceMs: number; now: number },
): Promise<boolean> {
  // It may have come back while this waited its turn.
  if ((await findRunner(tx.db, runner))?.online !== false) return false
  let waits = false
  for (const view of await liveViews(tx.db, runner)) {
    const rules = await silenceRulesOf(tx.db, view.task?.id ?? 0)
    if (rules.policy === 'wait') continue
    if (silentMs < (rules.graceMs ?? graceMs)) waits = true
    else await saveDecision(tx, view, decideSilent(view, rules), now)
  }
  return waits
}

async function forEachLive(
  tx: Tx,
  runner: number,
  now: number,
  decide: (view: View) => Decision,
): Promise<void> {
  for (const view of await liveViews(tx.db, runner)) {
    await saveDecision(tx, view, decide(view), now)
  }
}
