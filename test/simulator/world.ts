/** One run's machines and what is planned to go wrong with them: all of it follows from the seed. */
import { isFinal, type TaskStatus } from '../../broker/states.ts'
import { Timeline } from '../kit/timeline.ts'
import { Database } from './database/database.ts'
import type { Schema } from './database/schema.ts'
import type { Change, Row } from './database/tables.ts'
import { Broker } from './network/broker.ts'
import type { Sky } from './network/lane.ts'
import { Random } from './random.ts'
import { durableJournal } from './records.ts'
import { LogRules } from './rules/logs.ts'
import { Promises } from './rules/promises.ts'
import { TaskRules } from './rules/tasks.ts'
import { WebhookRules } from './rules/webhooks.ts'
import { Runner } from './runner.ts'
import { Server } from './server.ts'
import { Story } from './story.ts'

/**
 * Most faults need no more than a task or two and a fault or two, in a short time; some need much of
 * everything. So most worlds are small, and one in twenty-five is large.
 */
const sizes = {
  small: { faultsMs: 20_000, runners: 2, tasks: 1, often: 0.25 },
  large: { faultsMs: 90_000, runners: 3, tasks: 7, often: 1 },
}
const policies = ['fail', 'wait', 'requeue'] as const
const project = 1

export class World {
  readonly timeline = new Timeline()
  readonly story: Story
  readonly #random: Random
  readonly #sky: Sky
  readonly #broker: Broker
  readonly #database: Database
  readonly #server: Server
  readonly #runners: Runner[] = []
  readonly #tasks: TaskRules
  readonly #logs: LogRules
  readonly #crashy: number
  readonly #size: (typeof sizes)['small']
  #asked = 0
  #peace = false

  constructor(seed: number, schema: Schema, tell: ((line: string) => void) | undefined) {
    const { timeline } = this
    const random = new Random(seed)
    this.#size = random.chance(0.04) ? sizes.large : sizes.small
    this.#random = random
    this.story = new Story(timeline, tell)
    const { story } = this
    const weather = {
      slowest: random.of([5, 300, 2_000, 7_000]),
      steady: random.of([0, 0.9]),
      loss: random.of([0, 0.02, 0.1]),
      duplicates: random.of([0, 0.05]),
      disorder: random.of([0, 0, 0.05]),
    }
    this.#sky = { timeline, random, story, weather }
    this.#broker = new Broker(this.#sky)
    this.#crashy = random.of([0, 0, 0.002, 0.01])
    this.#database = new Database({
      schema,
      timeline,
      random,
      story,
      step: () => {
        if (random.chance(this.#crashes())) this.#server.crash()
      },
      onCommit: (changes) => this.#judge(changes),
    })
    this.#tasks = new TaskRules(story, this.#database)
    this.#logs = new LogRules(story, this.#database, this.#runners)
    this.#webhooks = new WebhookRules(story, this.#database)
    this.#server = new Server({
      timeline,
      random,
      story,
      broker: this.#broker,
      database: this.#database,
      embedded: random.chance(0.5),
      leaseMs: random.of([25_000, 60_000]),
      jobless: () => (this.#peace ? 0 : 0.01),
    })
    const promises = new Promises(story, this.#database)
    this.#broker.onServerSays = (topic, payload) => promises.serverSays(topic, payload)
    this.#broker.onRunnerSays = (id, topic, payload) => {
      const runner = this.#runners[id - 1] as Runner
      promises.runnerSays(runner, topic, payload)
      runner.step()
    }
    this.#promises = promises
  }

  readonly #promises: Promises
  readonly #webhooks: WebhookRules

  /** Everything starts, and what is to go wrong is planned. */
  async begin(): Promise<void> {
    const random = this.#random
    const count = random.int(1, this.#size.runners)
    await this.#furnish(count)
    for (let id = 1; id <= count; id += 1) this.#addRunner(id)
    if (!this.#server.up) this.#broker.up = true
    this.#server.start()
    for (const runner of this.#runners) runner.start()
    this.#plan()
    this.timeline.after(this.faultsMs, () => this.#makePeace())
  }

  /** How long things go wrong, ms. */
  get faultsMs(): number {
    return this.#size.faultsMs
  }

  get isPeace(): boolean {
    return this.#peace
  }

  /** Every task has its end, and no runner holds anything any more. */
  over(): boolean {
    return (
      this.#server.up &&
      this.#open().length === 0 &&
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
    return JSON.stringify({ open, held })
  }

  #judge(changes: readonly Change[]): void {
    this.#tasks.onCommit(changes)
    this.#logs.onCommit(changes)
    this.#webhooks.onCommit(changes)
  }

  #crashes(): number {
    return this.#peace ? 0 : this.#crashy
  }

  /** A project with a webhook, a template for each policy, and the runners' rows. */
  async #furnish(runners: number): Promise<void> {
    await this.#database.furnish(async (db) => {
      await db('position').insert({ database: 'simulated', commits: 0 })
      await db('projects').insert({ name: 'Simulated', created: 0 })
      const of = { project_id: project, name: 'Simulated' }
      await db('webhooks').insert({
        ...of,
        url: 'https://example.com',
        events: '["task.finished"]',
        secret: '',
        created: 0,
      })
      for (const silence_policy of policies) {
        await db('templates').insert({
          ...of,
          app: 'bash',
          playbook: 'run.sh',
          repository_id: 1,
          silence_policy,
          idempotent: true,
          max_requeues: 2,
        })
      }
      for (let id = 1; id <= runners; id += 1) {
        await db('runners').insert({ name: `runner ${id}`, token_hash: String(id), created: 0 })
      }
    })
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

  /** When what is to happen. */
  #plan(): void {
    const random = this.#random
    const { timeline, faultsMs } = this
    const size = this.#size
    const often = (most: number, act: () => void) => {
      for (let times = random.int(0, Math.ceil(most * size.often)); times > 0; times -= 1) {
        timeline.after(random.int(0, faultsMs), () => {
          if (!this.#peace) act()
        })
      }
    }
    const rarely = (act: () => void) => {
      if (random.chance(0.2)) often(1, act)
    }
    const anyRunner = () => random.of(this.#runners)
    const anyTask = () => random.int(1, this.#asked)
    const server = this.#server
    const add = () => {
      this.#asked += 1
      server.addTask(project, random.int(1, policies.length))
    }
    timeline.after(random.int(0, faultsMs), add)
    for (let more = random.int(0, size.tasks); more > 0; more -= 1) {
      timeline.after(random.int(0, faultsMs), add)
    }
    often(4, () => server.stopTask(anyTask(), random.chance(0.4)))
    often(2, () => server.deleteTask(anyTask()))
    often(3, () => this.#cut(anyRunner().id))
    often(2, () => anyRunner().kill())
    often(2, () => anyRunner().losePower())
    often(1, () => anyRunner().drain())
    often(2, () => server.crash())
    often(2, () => this.#cutServer())
    often(2, () => this.#setClocks())
    rarely(() => this.#partition(anyRunner().id))
    rarely(() => this.#spoilDisk(anyRunner()))
    rarely(() => this.#spoilDatabase())
    rarely(() => this.#wipe(anyRunner()))
    rarely(() => this.#removeOne())
    rarely(() => this.#burnOne())
  }

  #cut(runner: number): void {
    const which = this.#random.of(['both', 'both', 'up', 'down'] as const)
    const told = which === 'both' && this.#random.chance(0.5)
    this.story.happens(
      which === 'both' ? 'links cut' : 'links half open',
      `runner ${runner} (${which})`,
    )
    this.#broker.break(runner, which, told)
  }

  #cutServer(): void {
    this.story.happens('cuts between server and broker', 'server')
    this.#broker.dropServer(this.#random.int(10, 20_000))
  }

  /** Longer than the lease and the grace together, now and then. */
  #partition(runner: number): void {
    this.story.happens('partitions', `runner ${runner}`)
    this.#broker.partition(runner, this.#random.int(10_000, 120_000))
  }

  #setClocks(): void {
    const random = this.#random
    const machine = random.of([this.#server, ...this.#runners])
    this.story.happens('wall clocks set', machine instanceof Runner ? machine.name : 'server')
    machine.setClock(random.int(-1, 1) * 86_400_000 + random.int(-60_000, 60_000))
  }

  /** Full, or failing now and then, for a while. */
  #spoilDisk({ disk, name }: Runner): void {
    const random = this.#random
    const full = random.chance(0.5)
    this.story.happens(full ? 'full disks of runners' : 'failing disks of runners', name)
    if (full) disk.full = true
    else disk.failing = random.of([0.1, 0.5])
    this.timeline.after(random.int(1_000, 40_000), () => {
      disk.full = false
      disk.failing = 0
    })
  }

  #spoilDatabase(): void {
    const database = this.#database
    database.trouble = this.#random.of(['full', 'failing'] as const)
    this.story.happens(`${database.trouble} disks of the server`, 'server')
    this.timeline.after(this.#random.int(1_000, 40_000), () => {
      database.trouble = undefined
    })
  }

  #wipe(runner: Runner): void {
    for (const key of durableJournal(runner.disk).attempts.keys()) this.#tasks.mayBeLost(key)
    runner.wipe()
  }

  /** A machine that nobody will ever see again, and that nobody has removed yet. */
  #burnOne(): void {
    const left = this.#known().filter(({ burnt }) => !burnt)
    if (left.length > 1) this.#random.of(left).burn()
  }

  /** Never the last one: somebody must do the work. */
  #removeOne(): void {
    const left = this.#known().filter(({ burnt }) => !burnt)
    if (left.length < 2) return
    this.story.count('runners removed')
    this.#server.removeRunner(this.#random.of(left).id)
  }

  /** What is down comes up by itself; a silent link stays silent until its keepalive notices. */
  #makePeace(): void {
    this.#peace = true
    this.story.note(() => 'peace')
    this.#sky.weather.loss = 0
    this.#sky.weather.duplicates = 0
    this.#sky.weather.disorder = 0
    this.#database.trouble = undefined
    for (const { disk } of this.#runners) {
      disk.full = false
      disk.failing = 0
    }
  }
}
