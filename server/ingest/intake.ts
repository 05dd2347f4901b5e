/** One batch of messages, in the order of their arrival, in one transaction; and what to say after it. */
import type { Tx } from '../store/commit.ts'
import { findRunner, type RunnerRow, updateRunner } from '../store/runners.ts'
import { type Appended, Batch, type Saying } from './batch.ts'
import type { LogDigests } from './digests.ts'
import { type Greeting, greet } from './greet.ts'
import type { Incoming } from './incoming.ts'
import { markOffline } from './leases.ts'

export interface Taken {
  /** Welcomes and sayings in the order in which they are to be said. */
  out: (Greeting | Saying)[]
  appended: Appended[]
  reset: { task: number; attempt: number }[]
  /** Runners whose current session spoke. */
  heard: Set<number>
  /** Runners that spoke with a session that is not theirs (any more). */
  strangers: Set<number>
}

export interface IntakeOptions {
  digests: LogDigests
  now: number
  heartbeatMs: number
}

export async function takeIn(
  tx: Tx,
  incoming: readonly Incoming[],
  { digests, now, heartbeatMs }: IntakeOptions,
): Promise<Taken> {
  const runners = new Map<number, RunnerRow | undefined>()
  const batch = new Batch(tx, digests, now)
  const out: Taken['out'] = []
  const heard = new Set<number>()
  const strangers = new Set<number>()

  const runnerOf = async (id: number) => {
    if (!runners.has(id)) runners.set(id, await findRunner(tx.db, id))
    return runners.get(id)
  }
  const settle = async () => {
    await batch.flush()
    out.push(...batch.sayings.splice(0))
  }
  const change = async (id: number, columns: Partial<RunnerRow>) => {
    await updateRunner(tx, id, columns)
    runners.delete(id)
  }

  for (const message of incoming) {
    if (message.kind === 'hello') {
      await settle()
      const greeting = await greet(tx, message.runner, message.hello, { now, heartbeatMs })
      runners.delete(message.runner)
      if (greeting === undefined) continue
      out.push(greeting)
      heard.add(message.runner)
      strangers.delete(message.runner)
      continue
    }
    const runner = await runnerOf(message.runner)
    if (runner === undefined) continue
    if (message.kind === 'presence') {
      // A will of an older connection carries an older nonce: it must not switch the new one off.
      if (message.online || message.nonce !== runner.nonce || !runner.online) continue
      await settle()
      await markOffline(tx, runner.id, now)
      runners.delete(runner.id)
      continue
    }
    const session = message.kind === 'attempt' ? message.said.session : message.session
    if (session !== runner.session) {
      strangers.add(runner.id)
      continue
    }
    heard.add(runner.id)
    if (message.kind === 'heartbeat') {
      await change(runner.id, { online: true, accepting: message.accepting, touched: now })
      continue
    }
    if (!runner.online) await change(runner.id, { online: true, touched: now })
    const { task, attempt, said } = message
    const decision = await batch.apply(runner.id, task, attempt, said)
    if (decision.pauseRunner) await change(runner.id, { accepting: false })
  }
  await settle()
  return { out, appended: batch.appended, reset: batch.reset, heard, strangers }
}
