/** server/ingest/intake.ts, batch.ts and greet.ts over the model's store: who says what becomes of it. */
import { keyOf } from '../../runner/core/state.ts'
import type { AttemptEvent } from '../../server/core/attempt.ts'
import { decideHello } from '../../server/core/session.ts'
import { decideReachable, decideSilent, decideUnreachable } from '../../server/core/silence.ts'
import type { Decision, View } from '../../server/core/views.ts'
import { decideWithdraw } from '../../server/core/wish.ts'
import type { Saying } from '../../server/ingest/batch.ts'
import type { Greeting } from '../../server/ingest/greet.ts'
import type { AttemptMessage, Incoming } from '../../server/ingest/incoming.ts'
import type { ModelRunnerRow, ModelStore } from './model-store.ts'
import { policyOf, sha256 } from './truth.ts'

type Of<K extends Incoming['kind']> = Extract<Incoming, { kind: K }>
type Decide = (view: View, event: AttemptEvent) => Decision

export interface Taken {
  out: (Greeting | Saying)[]
  heard: Set<number>
  strangers: Set<number>
}

export function takeIn(store: ModelStore, decide: Decide, messages: readonly Incoming[]): Taken {
  const taken: Taken = { out: [], heard: new Set(), strangers: new Set() }
  for (const message of messages) takeOne(store, decide, message, taken)
  return taken
}

function takeOne(store: ModelStore, decide: Decide, message: Incoming, taken: Taken): void {
  const runner = store.runners.get(message.runner)
  if (runner === undefined) return
  if (message.kind === 'hello') {
    taken.out.push(greet(store, message))
    taken.heard.add(runner.id)
    taken.strangers.delete(runner.id)
    return
  }
  if (message.kind === 'presence') {
    if (!message.online && message.nonce === runner.nonce && runner.online) {
      markOffline(store, runner.id)
    }
    return
  }
  const { session } = message.kind === 'heartbeat' ? message.beat : message.said
  if (session !== runner.session) {
    taken.strangers.add(runner.id)
    return
  }
  taken.heard.add(runner.id)
  if (!runner.online) {
    for (const view of store.live(runner.id)) store.save(view, decideReachable(view))
  }
  if (message.kind === 'heartbeat') {
    store.change(runner.id, { online: true, accepting: message.beat.accepting })
  } else {
    fromAttempt(store, decide, runner, message, taken)
  }
}

function fromAttempt(
  store: ModelStore,
  decide: Decide,
  runner: ModelRunnerRow,
  { task, attempt, said }: Of<'attempt'>,
  taken: Taken,
): void {
  const own = ownView(store, runner.id, { task, attempt })
  const decision = decide(own, eventOf(said, store.log({ task, attempt })))
  if (decision.append && said.kind === 'chunk') {
    store.append({ task, attempt }, said.chunk.seq, Buffer.from(said.raw).toString())
  }
  store.save(own, decision)
  store.change(runner.id, { online: true, ...(decision.pauseRunner ? { accepting: false } : {}) })
  for (const effect of decision.effects) {
    taken.out.push({ runner: runner.id, task, attempt, effect })
  }
}

function eventOf(said: AttemptMessage, log: readonly string[]): AttemptEvent {
  if (said.kind === 'chunk') return { ...said.chunk, kind: 'chunk' }
  if (said.kind !== 'result') return said
  return { kind: 'result', result: said.result, stored: sha256(log) }
}

function greet(store: ModelStore, { runner, hello }: Of<'hello'>): Greeting {
  const before = store.runners.get(runner)?.session
  const session = store.beginSession(runner, hello)
  const { verdicts, decisions } = decideHello({
    hello,
    listed: hello.attempts.map((known) => ownView(store, runner, known)),
    live: store.live(runner),
    again: session === before,
  })
  const sayings: Saying[] = []
  for (const { view, decision } of decisions) {
    store.save(view, decision)
    if (view.attempt === undefined) continue
    const { task, attempt } = view.attempt
    for (const effect of decision.effects) sayings.push({ runner, task, attempt, effect })
  }
  const { nonce } = hello
  return {
    runner,
    patience: { leaseMs: 3 * store.heartbeatMs, returnMs: 0 },
    change: {},
    cleared: false,
    welcome: {
      v: 1,
      kind: 'welcome',
      nonce,
      session,
      heartbeat_ms: store.heartbeatMs,
      attempts: verdicts,
    },
    sayings,
  }
}

function ownView(store: ModelStore, runner: number, id: { task: number; attempt: number }): View {
  const row = store.attempts.get(keyOf(id))
  return { task: store.tasks.get(id.task), attempt: row?.runner === runner ? row : undefined }
}

export function markOffline(store: ModelStore, runner: number): void {
  store.change(runner, { online: false })
  for (const view of store.live(runner)) store.save(view, decideWithdraw(view))
}

export function markSilent(store: ModelStore, runner: number): void {
  store.change(runner, { online: false })
  for (const view of store.live(runner)) store.save(view, decideUnreachable(view))
}

export function giveUp(store: ModelStore, runner: number): void {
  if (store.runners.get(runner)?.online !== false) return
  for (const view of store.live(runner)) {
    const rules = { policy: policyOf(view.task?.id ?? 0), idempotent: true, maxRequeues: 2 }
    store.save(view, decideSilent(view, rules))
  }
}
