/** One batch of messages, in the order of their arrival, in one transaction; and what to say after it. */
import { type Cadence, type CadenceSettings, cadenceOf } from '../core/cadence.ts'
import type { Tx } from '../store/commit.ts'
import { countRunners, findRunner, type RunnerRow, updateRunner } from '../store/runners.ts'
import { Batch, type Saying } from './batch.ts'
import type { Appended, LogDigests } from './digests.ts'
import { type Greeting, greet } from './greet.ts'
import type { Incoming } from './incoming.ts'
import { markHeard, markOffline } from './silence.ts'

export interface Taken {
  /** Welcomes and sayings in the order in which they are to be said. */
  out: (Greeting | Saying)[]
  appended: Appended[]
  closed: { task: number; attempt: number }[]
  /** Runners whose current session spoke. */
  heard: Set<number>
  /** Runners that spoke with a session that is not theirs (any more). */
  strangers: Set<number>
}

export interface IntakeOptions {
  digests: LogDigests
  now: number
  fleet: CadenceSettings
}

export async function takeIn(
  tx: Tx,
  incoming: readonly Incoming[],
  options: IntakeOptions,
): Promise<Taken> {
  const intake = new Intake(tx, options)
  for (const message of incoming) await intake.take(message)
  return intake.end()
}

type Of<K extends Incoming['kind']> = Extract<Incoming, { kind: K }>

class Intake {
  readonly #tx: Tx
  readonly #options: IntakeOptions
  readonly #batch: Batch
  readonly #runners = new Map<number, RunnerRow | undefined>()
  readonly #out: Taken['out'] = []
  readonly #heard = new Set<number>()
  readonly #strangers = new Set<number>()
  #cadence: Cadence | undefined

  constructor(tx: Tx, options: IntakeOptions) {
    this.#tx = tx
    this.#options = options
    this.#batch = new Batch(tx, options.digests, options.now)
  }

  async take(message: Incoming): Promise<void> {
    if (message.kind === 'hello') return this.#hello(message)
    const runner = await this.#runner(message.runner)
    if (runner === undefined) return
    if (message.kind === 'presence') return this.#presence(runner, message)
    const { session } = message.kind === 'heartbeat' ? message : message.said
    // D6: a zombie connection or a cloned runner; what it says counts no more.
    if (session !== runner.session) {
      this.#strangers.add(runner.id)
      return
    }
    this.#heard.add(runner.id)
    if (!runner.online) await this.#back(runner)
    return message.kind === 'heartbeat'
      ? this.#heartbeat(runner, message)
      : this.#attempt(runner, message)
  }

  async end(): Promise<Taken> {
    await this.#settle()
    const { appended, closed } = this.#batch
    return { out: this.#out, appended, closed, heard: this.#heard, strangers: this.#strangers }
  }

  async #hello({ runner, hello }: Of<'hello'>): Promise<void> {
    await this.#settle()
    this.#cadence ??= cadenceOf(await countRunners(this.#tx.db), this.#options.fleet)
    const { now } = this.#options
    const greeting = await greet(this.#tx, runner, hello, { now, cadence: this.#cadence })
    this.#runners.delete(runner)
    if (greeting === undefined) return
    this.#out.push(greeting)
    this.#heard.add(runner)
    this.#strangers.delete(runner)
  }

  /** A will of an older connection carries an older nonce: it must not switch the new one off. */
  async #presence(runner: RunnerRow, { nonce, online }: Of<'presence'>): Promise<void> {
    if (online || nonce !== runner.nonce || !runner.online) return
    await this.#settle()
    await markOffline(this.#tx, runner.id, this.#options.now)
    this.#runners.delete(runner.id)
  }

  /** Silent for a while in the session that it still has: the broker or this server was away. */
  async #back(runner: RunnerRow): Promise<void> {
    await this.#settle()
    await markHeard(this.#tx, runner.id, this.#options.now)
    this.#runners.delete(runner.id)
  }

  async #heartbeat(runner: RunnerRow, { accepting }: Of<'heartbeat'>): Promise<void> {
    await this.#change(runner.id, { accepting, touched: this.#options.now })
  }

  async #attempt(runner: RunnerRow, { task, attempt, said }: Of<'attempt'>): Promise<void> {
    const decision = await this.#batch.apply(runner.id, task, attempt, said)
    if (decision.pauseRunner) await this.#change(runner.id, { accepting: false })
  }

  /** Brings the tables up to date before something reads them, and keeps the order of what is said. */
  async #settle(): Promise<void> {
    await this.#batch.flush()
    this.#out.push(...this.#batch.sayings.splice(0))
  }

  async #runner(id: number): Promise<RunnerRow | undefined> {
    if (!this.#runners.has(id)) this.#runners.set(id, await findRunner(this.#tx.db, id))
    return this.#runners.get(id)
  }

  async #change(id: number, columns: Partial<RunnerRow>): Promise<void> {
    await updateRunner(this.#tx, id, columns)
    this.#runners.delete(id)
  }
}
