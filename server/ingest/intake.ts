/** One batch of messages, in the order of their arrival, in one transaction; and what to say after it. */
import { isDeepStrictEqual } from 'node:util'
import type { Heartbeat, Hello } from '../../broker/messages.ts'
import { type Cadence, type CadenceSettings, cadenceOf } from '../core/cadence.ts'
import { isAhead } from '../core/recovery.ts'
import { whyNoJob } from '../core/sealing.ts'
import type { Tx } from '../store/commit.ts'
import { conditionOf, countRunners, type RunnerRow } from '../store/runners.ts'
import type { AdmitOptions } from './admit.ts'
import { Batch, type Saying } from './batch.ts'
import { Clocks } from './clocks.ts'
import type { Appended, LogDigests } from './digests.ts'
import { type Declining, type Greeting, greet } from './greet.ts'
import type { Incoming } from './incoming.ts'
import { Ledger } from './ledger.ts'
import { Roster } from './roster.ts'
import { takeOffersBack, takeTasksUp } from './silence.ts'

export interface Taken {
  /** Answers to hellos, and sayings, in the order in which they are to be said. */
  out: (Greeting | Declining | Saying)[]
  appended: Appended[]
  closed: { task: number; attempt: number }[]
  /** Runners whose current session spoke. */
  heard: Set<number>
  /** Runners that spoke with a session that is not theirs (any more). */
  strangers: Set<number>
}

export interface IntakeOptions extends AdmitOptions {
  digests: LogDigests
  /** The start of this server: who was not greeted since is to say hello first. */
  start: number
  fleet: CadenceSettings
  /** Runners without keys get nothing. */
  requireSealed: boolean
}

export async function takeIn(
  tx: Tx,
  incoming: readonly Incoming[],
  options: IntakeOptions,
): Promise<Taken> {
  const batch = new Batch(tx, options.digests, options.now)
  const runners = incoming.map(({ runner }) => runner)
  const [roster] = await Promise.all([Roster.open(tx, runners), batch.foresee(incoming)])
  const intake = new Intake(tx, roster, batch, options)
  for (const message of incoming) await intake.take(message)
  return intake.end()
}

type Told = keyof ReturnType<typeof conditionOf>
type Of<K extends Incoming['kind']> = Extract<Incoming, { kind: K }>

class Intake {
  readonly #tx: Tx
  readonly #options: IntakeOptions
  readonly #batch: Batch
  readonly #roster: Roster
  readonly #clocks: Clocks
  readonly #out: Taken['out'] = []
  readonly #heard = new Set<number>()
  readonly #strangers = new Set<number>()
  readonly #ledger: Ledger
  #cadence: Cadence | undefined

  constructor(tx: Tx, roster: Roster, batch: Batch, options: IntakeOptions) {
    this.#tx = tx
    this.#roster = roster
    this.#options = options
    this.#ledger = new Ledger(tx)
    this.#batch = batch
    this.#clocks = new Clocks(tx, options.now)
  }

  async take(message: Incoming): Promise<void> {
    const runner = this.#roster.get(message.runner)
    if (runner === undefined) return
    if (message.kind === 'hello') return this.#hello(runner, message)
    if (message.kind === 'presence') return this.#presence(runner, message)
    const { session } = message.kind === 'heartbeat' ? message.beat : message.said
    // D6: a zombie connection or a cloned runner; what it says counts no more. Or one that does not know
    // that the server was away: an older database may be in use since, and its session another one.
    if (session !== runner.session || runner.start !== this.#options.start) {
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
    await this.#roster.flush()
    const { appended, closed } = this.#batch
    return { out: this.#out, appended, closed, heard: this.#heard, strangers: this.#strangers }
  }

  async #hello(runner: RunnerRow, { hello: said, aheadMs }: Of<'hello'>): Promise<void> {
    const hello = this.#asGiven(runner, said)
    this.#cadence ??= cadenceOf(await countRunners(this.#tx.db), this.#options.fleet)
    const mayHold = await this.#roster.mayHold(runner.id)
    const ledger = this.#ledger
    const ahead = isAhead(hello, await ledger.books(runner))
    if (mayHold || hello.attempts.length > 0 || ahead) await this.#settle()
    const options = { ...this.#options, ledger, cadence: this.#cadence, mayHold }
    const answer = await greet(this.#tx, runner, hello, options)
    this.#roster.change(runner.id, answer.change)
    this.#out.push(answer)
    this.#strangers.delete(runner.id)
    // A clone that is declined must not keep the lease of the one that it was made of.
    if (!('welcome' in answer)) return
    this.#heard.add(runner.id)
    await this.#clocks.hear(runner.id, aheadMs)
  }

  /** A will of an older connection carries an older nonce: it must not switch the new one off. */
  async #presence(runner: RunnerRow, { nonce, online }: Of<'presence'>): Promise<void> {
    if (online || nonce !== runner.nonce || !runner.online) return
    this.#roster.change(runner.id, { online: false })
    await this.#eachHeld(runner, takeOffersBack)
  }

  /** Silent for a while in the session that it still has: the broker or this server was away. */
  async #back(runner: RunnerRow): Promise<void> {
    this.#roster.change(runner.id, { online: true, touched: this.#options.now })
    await this.#eachHeld(runner, takeTasksUp)
  }

  async #eachHeld({ id }: RunnerRow, act: typeof takeOffersBack): Promise<void> {
    if (!(await this.#roster.mayHold(id))) return
    await this.#settle()
    await act(this.#tx, id, this.#options.now)
  }

  async #heartbeat(runner: RunnerRow, { beat, aheadMs }: Of<'heartbeat'>): Promise<void> {
    const condition = Object.entries(conditionOf(this.#asGiven(runner, beat)))
    const news = condition.filter(([name, now]) => !isDeepStrictEqual(now, runner[name as Told]))
    const { round_trip_ms } = beat
    this.#roster.change(runner.id, {
      ...Object.fromEntries(news),
      ...(round_trip_ms !== undefined && { round_trip_ms }),
      touched: this.#options.now,
    })
    await this.#clocks.hear(runner.id, aheadMs)
  }

  /** A runner that must not be given a job takes none, whatever it says: so the queue passes it by. */
  #asGiven<T extends Hello | Heartbeat>({ keys }: RunnerRow, said: T): T {
    const reason = whyNoJob(keys, this.#options.requireSealed)
    return reason === undefined ? said : { ...said, accepting: false, reason }
  }

  async #attempt(runner: RunnerRow, { task, attempt, said }: Of<'attempt'>): Promise<void> {
    const decision = await this.#batch.apply(runner.id, task, attempt, said)
    if (decision === undefined) this.#strangers.add(runner.id)
    else if (decision.pauseRunner) this.#roster.change(runner.id, { accepting: false })
  }

  /** Brings the tables up to date before something reads them, and keeps the order of what is said. */
  async #settle(): Promise<void> {
    await this.#batch.flush()
    this.#out.push(...this.#batch.sayings.splice(0))
  }
}
