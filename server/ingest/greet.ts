/**
 * D6 carried out: a hello is answered by a welcome and all that waited for it; or it is declined, as
 * another installation has the runner.
 */
import type { Decline, Hello, Welcome } from '../../broker/messages.ts'
import type { Cadence } from '../core/cadence.ts'
import { isStrange } from '../core/recovery.ts'
import { decideHello, isUnwanted } from '../core/session.ts'
import type { Effect, View } from '../core/views.ts'
import { liveViews, loadView, saveDecision } from '../store/attempts.ts'
import type { Tx } from '../store/commit.ts'
import { nextSession, type RunnerRow } from '../store/runners.ts'
import { type AdmitOptions, admit } from './admit.ts'
import type { Saying } from './batch.ts'
import { recordDamage } from './damage.ts'
import type { Patience } from './leases.ts'
import type { Ledger } from './ledger.ts'
import type { RunnerChange } from './roster.ts'

interface Answer {
  runner: number
  /** For its row. */
  change: RunnerChange
  sayings: Saying[]
}

export interface Greeting extends Answer {
  /** How long it may be silent from now on. */
  patience: Patience
  /** Said before the sayings. */
  welcome: Welcome
  /** It has just said that its cache is cleared. */
  cleared: boolean
}

export interface Declining extends Answer {
  /** Said after the sayings, which cancel what nobody waits for any more. */
  decline: Decline
}

interface GreetOptions extends AdmitOptions {
  /** The number of this start of the server. */
  start: number
  ledger: Ledger
  cadence: Cadence
  /** False: it surely has no attempt. */
  mayHold: boolean
}

/** @param row as it was before the hello */
export async function greet(
  tx: Tx,
  row: RunnerRow,
  hello: Hello,
  options: GreetOptions,
): Promise<Greeting | Declining> {
  const { id: runner } = row
  const { now, start, ledger, cadence, mayHold } = options
  const listed = await Promise.all(
    hello.attempts.map(({ task, attempt }) => ownView(tx, runner, task, attempt)),
  )
  const live = mayHold ? await liveViews(tx.db, runner) : []
  const { columns, decline, movedTo } = await admit(tx, row, hello, live, options)
  if (decline !== undefined) {
    const books = await ledger.books(row)
    const sayings = listed
      .filter((view, index) => isUnwanted(view) && !isStrange(hello.attempts[index], view, books))
      .flatMap((view) => sayingsOf(view, [{ kind: 'cancel', force: true }]))
    return { runner, change: columns, decline, sayings }
  }
  const review = await ledger.review(row, hello, listed, options)
  const { session: known } = review.reached
  const begun = nextSession(row, hello, { known, start, now })
  const again = begun.session === row.session
  const { verdicts, inReview, decisions } = decideHello({
    hello,
    listed,
    live,
    again,
    movedTo,
    review,
  })
  const sayings: Saying[] = []
  for (const { view, decision } of decisions) {
    await saveDecision(tx, view, decision, now)
    sayings.push(...sayingsOf(view, decision.effects))
  }
  const { damage = [] } = hello
  const recorded = damage.length > 0 ? await recordDamage(tx, runner, damage, now) : []
  const { cleaning_requested: request } = row
  const cleared = request !== null && hello.cache_cleared === request
  const cleaning = cleared ? { cleaning_requested: null, cleaning_project: null } : {}
  const welcome: Welcome = {
    v: 1,
    kind: 'welcome',
    nonce: hello.nonce,
    session: begun.session,
    heartbeat_ms: cadence.heartbeatMs,
    reconnect_ms: cadence.reconnectMs,
    contested: row.boot !== hello.boot,
    attempts: verdicts,
    ...(recorded.length > 0 && { recorded }),
    ...(inReview.length > 0 && { review: inReview }),
    ...(request !== null && !cleared && { clear_cache: cleaningOf(row, request) }),
  }
  const change = { ...begun, ...columns, ...cleaning }
  return { runner, change, patience: cadence, welcome, cleared, sayings }
}

function cleaningOf({ cleaning_project: project }: RunnerRow, request: number) {
  return { request, ...(project !== null && { project }) }
}

function sayingsOf({ attempt: to }: View, effects: readonly Effect[]): Saying[] {
  if (to === undefined) return []
  const { runner, task, attempt } = to
  return effects.map((effect) => ({ runner, task, attempt, effect }))
}

/** Another runner's attempt is as unknown to this one as one that does not exist. */
async function ownView(tx: Tx, runner: number, task: number, attempt: number): Promise<View> {
  const view = await loadView(tx.db, task, attempt)
  return view.attempt?.runner === runner ? view : { task: view.task, attempt: undefined }
}
