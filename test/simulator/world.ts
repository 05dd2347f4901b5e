/** One run's machines, and what people ask of them: all of it follows from the seed. */
import { isFinal, type TaskStatus } from '../../broker/states.ts'
import { Timeline } from '../kit/timeline.ts'
import { Database } from './database/database.ts'
import type { Schema } from './database/schema.ts'
import type { Row, Transaction } from './database/tables.ts'
import { furnish, project, templates } from './furniture.ts'
import { type Keys, noKeys, someKeys } from './keys.ts'
import { Broker } from './network/broker.ts'
import { weatherOf } from './network/lane.ts'
import { Receiver } from './network/receiver.ts'
import { Random } from './random.ts'
import { durableJournal } from './records.ts'
import { LogRules } from './rules/logs.ts'
import { Promises } from './rules/promises.ts'
import { SilenceRules } from './rules/silence.ts'
import { TaskRules } from './rules/tasks.ts'
import { WebhookRules } from './rules/webhooks.ts'
import { Runner } from './runner.ts'
import { graceMs, Server } from './server.ts'
import { Story } from './story.ts'
import { Troubles } from './troubles.ts'

/**
 * Most faults need no more than a task or two and a fault or two, in a short time; some need much of
 * everything. So most worlds are small, and one in forty is large.
 */
const sizes = {
  small: { faultsMs: 20_000, runners: 2, tasks: 1, often: 0.25 },
  large: { faultsMs: 90_000, runners: 3, tasks: 7, often: 1 },
}

export class World {
  readonly timeline = new Timeline()
  readonly story: Story
  readonly #random: Random
  readonly #broker: Broker
  readonly #database: Database
  readonly #server: Server
  readonly #runners: Runner[] = []
  readonly #troubles: Troubles
  readonly #tasks: TaskRules
  readonly #logs: LogRules
  readonly #promises: Promises
  readonly #webhooks: WebhookRules
  readonly #silence: SilenceRules
  readonly #crashy: number
  readonly #keys: Keys
  readonly #size: (typeof sizes)['small']
  readonly #sends: boolean
  #asked = 0

  constructor(seed: number, schema: Schema, tell: ((line: string) => void) | undefined) {
    const { timeline } = this
    const random = new Random(seed)
    this.#size = random.chance(0.025) ? sizes.large : sizes.small
    this.#random = random
    this.story = new Story(timeline, tell)
    const { story } = this
    this.#broker = new Broker({ timeline, random, story, weather: weatherOf(random) })
    this.#crashy = random.of([0, 0, 0.002, 0.01])
    this.#keys = random.chance(0.2) ? someKeys : noKeys
    this.#database = new Database({
      schema,
      timeline,
      random,
      story,
      step: () => {
        if (random.chance(this.#crashes())) this.#server.crash()
      },
      onCommit: (tx) => this.#judge(tx),
    })
    this.#tasks = new TaskRules(story, this.#database)
    this.#logs = new LogRules(story, this.#database, this.#runners)
    this.#webhooks = new WebhookRules(story, this.#database)
    const onTaken = (id: string, body: string) => this.#webhooks.arrived(id, body)
    const receiver = random.chance(0.1)
      ? new Receiver({ timeline, random, story, onTaken })
      : undefined
    this.#sends = receiver !== undefined
    const leaseMs = random.of([25_000, 60_000])
    const silence = new SilenceRules(story, { leaseMs, graceMs })
    this.#silence = silence
    const onHears = (isSo: boolean) => silence.hears(isSo, timeline.now)
    this.#broker.onServerLink = onHears
    this.#server = new Server({
      timeline,
      random,
      story,
      broker: this.#broker,
      database: this.#database,
      embedded: random.chance(0.5),
      leaseMs,
      keys: this.#keys,
      jobless: () => (this.isPeace ? 0 : 0.01),
      receiver,
      onHears,
    })
    const promises = new Promises(story, this.#database)
    this.#broker.onServerSays = (topic, payload) => promises.serverSays(topic, payload)
    this.#broker.onRunnerSays = (id, topic, payload) => {
      const runner = this.#runners[id - 1] as Runner
      promises.runnerSays(runner, topic, payload)
      runner.step()
    }
    this.#promises = promises
    this.#troubles = new Troubles({
      timeline,
      random,
      story,
      broker: this.#broker,
      database: this.#database,
      server: this.#server,
      runners: this.#runners,
      known: () => this.#known(),
      mayBeLost: (key) => this.#tasks.mayBeLost(key),
      lastMs: this.faultsMs,
      often: this.#size.often,
    })
  }

  /** Everything starts, and what is to go wrong is planned. */
  async begin(): Promise<void> {
    const random = this.#random
    const count = random.int(1, this.#size.runners)
    await this.#database.furnish((db) => furnish(db, count))
    for (let id = 1; id <= count; id += 1) this.#addRunner(id)
    this.#broker.up = true
    this.#server.start()
    for (const runner of this.#runners) runner.start()
    this.#plan()
  }

  /** How long things go wrong, ms. */
  get faultsMs(): number {
    return this.#size.faultsMs
  }

  get isPeace(): boolean {
    return this.#troubles.over
  }

  /** Every task has its end and its webhook is delivered, where somebody sends them, and no runner holds anything any more. */
  over(): boolean {
    return (
      this.#server.up &&
      this.#open().length === 0 &&
      this.#unsent().length === 0 &&
      this.#known().every(({ up, burnt, disk }) => {
        return burnt || (up && durableJournal(disk).attempts.size === 0)
      })
    )
  }

  unsettled(): string {
    const open = this.#open().map(({ id, status, attempt, runner_id, cancel }) => {
      return {
        id,
        status,
        attempt,
        runner_id,
        cancel,
        phase: this.#database.get('attempts', `${id}.${attempt}`)?.phase,
      }
    })
    const held = this.#known().flatMap(({ id, disk, up }) => {
      const attempts = [...durableJournal(disk).attempts.values()]
      return attempts.map(
        ({ task, attempt, phase }) =>
          `runner ${id}${up ? '' : ' (down)'} ${task}.${attempt} ${phase}`,
      )
    })
    return JSON.stringify({ open, held, unsent: this.#unsent().length })
  }

  #unsent(): Row[] {
    return this.#sends ? this.#webhooks.pending() : []
  }

  #judge({ changes, began }: Pick<Transaction, 'changes' | 'began'>): void {
    this.#tasks.onCommit(changes)
    this.#logs.onCommit(changes)
    this.#webhooks.onCommit(changes)
    this.#silence.onCommit(changes, began)
  }

  #crashes(): number {
    return this.isPeace ? 0 : this.#crashy
  }

  #addRunner(id: number): void {
    const { timeline, story } = this
    const random = this.#random
    const limits = { maxParallelTasks: random.int(0, 2), oneOff: random.chance(0.1) }
    const runner: Runner = new Runner(id, limits, {
      timeline,
      random,
      story,
      broker: this.#broker,
      keys: this.#keys,
      crashes: () => this.#crashes(),
      onSpawn: (task, attempt) => {
        this.#tasks.spawned(task, attempt)
        this.#promises.journaled(runner.disk, task, attempt, 'started', 'spawn')
      },
      onPrint: (task, attempt, bytes) => this.#logs.printed(`${task}.${attempt}`, bytes),
      onEnd: (task, attempt, { outcome }) => this.#tasks.over(`${task}.${attempt}`, outcome),
      onDeath: () => {
        for (const [key, { phase }] of durableJournal(runner.disk).attempts) {
          if (phase !== 'ended') this.#logs.interrupted(key)
        }
      },
    })
    this.#runners.push(runner)
  }

  /** Tasks that are not final. One that waits for a burnt runner, as its template wants, is excused. */
  #open(): Row[] {
    const burnt = new Set(this.#runners.filter((runner) => runner.burnt).map(({ id }) => id))
    return this.#database.rows('tasks').filter((task) => {
      const phase = this.#database.get('attempts', `${task.id}.${task.attempt}`)?.phase
      const granted = phase === 'claimed' || phase === 'started'
      const waits = burnt.has(Number(task.runner_id)) && this.#tasks.policyOf(task) === 'wait'
      return !isFinal(task.status as TaskStatus) && !(waits && granted)
    })
  }

  #known(): Runner[] {
    return this.#runners.filter(({ id }) => this.#database.get('runners', id) !== undefined)
  }

  /** People ask for tasks, and think better of some. */
  #plan(): void {
    const { faultsMs, timeline } = this
    const random = this.#random
    const server = this.#server
    const anyTask = () => random.int(1, this.#asked)
    for (let tasks = 1 + random.int(0, this.#size.tasks); tasks > 0; tasks -= 1) {
      timeline.after(random.int(0, faultsMs), () => {
        this.#asked += 1
        server.addTask(project, random.int(1, templates))
      })
    }
    this.#troubles.often(4, () => server.stopTask(anyTask(), random.chance(0.4)))
    this.#troubles.often(2, () => server.deleteTask(anyTask()))
    if (this.#sends) this.#troubles.often(2, () => server.resendWebhook())
    this.#troubles.plan()
  }
}
