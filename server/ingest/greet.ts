/** D6 carried out: a hello begins a session, and is answered by a welcome and all that waited for it. */
import type { Hello, Welcome } from '../../broker/messages.ts'
import type { Cadence } from '../core/cadence.ts'
import { decideHello } from '../core/session.ts'
import type { View } from '../core/views.ts'
import { liveViews, loadView, saveDecision } from '../store/attempts.ts'
import type { Tx } from '../store/commit.ts'
import { beginSession } from '../store/runners.ts'
import type { Saying } from './batch.ts'

export interface Greeting {
  runner: number
  /** How long it may be silent from now on. */
  leaseMs: number
  welcome: Welcome
  /** Said after the welcome. */
  sayings: Saying[]
}

/** @returns undefined if the runner does not exist (any more). */
export async function greet(
  tx: Tx,
  runner: number,
  hello: Hello,
  { now, cadence }: { now: number; cadence: Cadence },
): Promise<Greeting | undefined> {
  const begun = await beginSession(tx, runner, hello, now)
  if (begun === undefined) return undefined
  const listed = await Promise.all(
    hello.attempts.map(({ task, attempt }) => ownView(tx, runner, task, attempt)),
  )
  const { verdicts, decisions } = decideHello({
    hello,
    listed,
    live: await liveViews(tx.db, runner),
  })
  const sayings: Saying[] = []
  for (const { view, decision } of decisions) {
    await saveDecision(tx, view, decision, now)
    const said = view.attempt
    if (said === undefined) continue
    for (const effect of decision.effects) {
      sayings.push({ runner, task: said.task, attempt: said.attempt, effect })
    }
  }
  const { nonce } = hello
  const welcome: Welcome = {
    v: 1,
    kind: 'welcome',
    nonce,
    session: begun.session,
    heartbeat_ms: cadence.heartbeatMs,
    reconnect_ms: cadence.reconnectMs,
    contested: begun.contested,
    attempts: verdicts,
  }
  return { runner, leaseMs: cadence.leaseMs, welcome, sayings }
}

/** Another runner's attempt is as unknown to this one as one that does not exist. */
async function ownView(tx: Tx, runner: number, task: number, attempt: number): Promise<View> {
  const view = await loadView(tx.db, task, attempt)
  return view.attempt?.runner === runner ? view : { task: view.task, attempt: undefined }
}
