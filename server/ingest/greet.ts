/** D6 carried out: a hello begins a session, and is answered by a welcome and all that waited for it. */
import type { Hello, Welcome } from '../../broker/messages.ts'
import type { Cadence } from '../core/cadence.ts'
import { decideHello } from '../core/session.ts'
import type { View } from '../core/views.ts'
import { liveViews, loadView, saveDecision } from '../store/attempts.ts'
import type { Tx } from '../store/commit.ts'
import type { RunnerRow } from '../store/runners.ts'
import type { Saying } from './batch.ts'

export interface Greeting {
  runner: number
  /** How long it may be silent from now on. */
  leaseMs: number
  welcome: Welcome
  /** Said after the welcome. */
  sayings: Saying[]
}

interface GreetOptions {
  session: number
  now: number
  cadence: Cadence
  /** False: it surely has no attempt. */
  mayHold: boolean
}

/** The session is begun already; `runner` is as it was before. */
export async function greet(
  tx: Tx,
  runner: RunnerRow,
  hello: Hello,
  { session, now, cadence, mayHold }: GreetOptions,
): Promise<Greeting> {
  const listed = await Promise.all(
    hello.attempts.map(({ task, attempt }) => ownView(tx, runner.id, task, attempt)),
  )
  const { verdicts, decisions } = decideHello({
    hello,
    listed,
    live: mayHold ? await liveViews(tx.db, runner.id) : [],
  })
  const sayings: Saying[] = []
  for (const { view, decision } of decisions) {
    await saveDecision(tx, view, decision, now)
    const said = view.attempt
    if (said === undefined) continue
    for (const effect of decision.effects) {
      sayings.push({ runner: runner.id, task: said.task, attempt: said.attempt, effect })
    }
  }
  const { nonce } = hello
  const welcome: Welcome = {
    v: 1,
    kind: 'welcome',
    nonce,
    session,
    heartbeat_ms: cadence.heartbeatMs,
    reconnect_ms: cadence.reconnectMs,
    contested: runner.boot !== hello.boot,
    attempts: verdicts,
  }
  return { runner: runner.id, leaseMs: cadence.leaseMs, welcome, sayings }
}

/** Another runner's attempt is as unknown to this one as one that does not exist. */
async function ownView(tx: Tx, runner: number, task: number, attempt: number): Promise<View> {
  const view = await loadView(tx.db, task, attempt)
  return view.attempt?.runner === runner ? view : { task: view.task, attempt: undefined }
}
