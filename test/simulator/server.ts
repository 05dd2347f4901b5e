/**
 * A server on a simulated machine: the real engine over a database and a link that fail. What is not
 * committed when it dies is lost; what was to be said after a commit may be lost, too.
 */
import { isFinal } from '../../broker/states.ts'
import { AppError } from '../../lib/errors.ts'
import { removeRunner } from '../../server/dispatch/remove-runner.ts'
import { startTask } from '../../server/dispatch/start-task.ts'
import { stopTask } from '../../server/dispatch/stop-task.ts'
import { startEngine } from '../../server/engine.ts'
import { newWebhookSecret } from '../../server/feed/webhooks/secret.ts'
import { startSender } from '../../server/feed/webhooks/sender.ts'
import { redeliver } from '../../server/store/deliveries.ts'
import type { Store } from '../../server/store/open.ts'
import { deleteTask, findTask } from '../../server/store/tasks.ts'
import { jobOf } from '../kit/job.ts'
import { Life, type Timeline } from '../kit/timeline.ts'
import type { Database } from './database/database.ts'
import type { Keys } from './keys.ts'
import { type Broker, topics } from './network/broker.ts'
import { connectServer } from './network/clients.ts'
import type { Receiver } from './network/receiver.ts'
import type { Random } from './random.ts'
import type { Story } from './story.ts'
import { logOf } from './told.ts'

export interface ServerParts {
  timeline: Timeline
  random: Random
  story: Story
  broker: Broker
  database: Database
  /** The broker lives and dies with the server. */
  embedded: boolean
  /** A runner that says nothing for so long is silent, ms. */
  leaseMs: number
  keys: Keys
  /** Probability that a job cannot be put together. */
  jobless(): number
  /** Undefined: nobody sends webhooks. */
  receiver: Receiver | undefined
  /** It runs and has a link, or not any more. */
  onHears(isSo: boolean): void
}

/** Beyond the lease; short, so that many runs come to the end of it, ms. */
export const graceMs = 10_000

const webhooks = { allow_private_addresses: false, timeout_sec: 15 }
/** Secrets lie open in the simulated database. */
const secret = newWebhookSecret()
const cipher = { seal: (_: string, text: string) => text, open: () => secret }

export class Server {
  readonly #parts: ServerParts
  readonly #wall = { ahead: 0 }
  #life: Life | undefined
  #store: Store | undefined
  #ending = new AbortController()

  constructor(parts: ServerParts) {
    this.#parts = parts
  }

  get up(): boolean {
    return this.#life !== undefined
  }

  /** The broker lives and dies with it. */
  get embedsBroker(): boolean {
    return this.#parts.embedded
  }

  /** Somebody sets the machine's wall clock, by ms. */
  setClock(by: number): void {
    this.#wall.ahead += by
  }

  start(): void {
    if (this.#life !== undefined) return
    const { timeline, random, story, broker, database, embedded, keys, receiver } = this.#parts
    story.note(() => 'server: starts')
    const life = new Life()
    this.#life = life
    const clock = timeline.clock(life, this.#wall)
    const log = logOf(story, 'server', life)
    this.#store = database.open({ life, clock, log })
    this.#ending = new AbortController()
    if (embedded) broker.up = true
    if (receiver !== undefined) {
      receiver.sender = life
      startSender({ store: this.#store, cipher, webhooks, clock, random: () => random.next(), log })
    }
    void startEngine({
      store: this.#store,
      topics,
      connect: (handlers) => connectServer(broker, life, handlers),
      onConnect() {},
      addressOf: () => undefined,
      readJob: (task, attempt) => this.#readJob(task, attempt),
      voice: keys.voice,
      fleet: { leaseMs: this.#parts.leaseMs, beatsPerSec: 100, returnsPerSec: 25 },
      graceMs,
      maxParallelTasks: 0,
      clock,
      random: () => random.next(),
      log,
      signal: this.#ending.signal,
    }).catch((error: Error) => {
      // As the real one: it says why it cannot start, and whoever looks after it starts it again.
      story.happens(`starts that failed: ${error.message}`, 'server')
      if (life.alive) this.crash()
    })
  }

  /** SIGKILL, or its power is cut: it comes to the same. It starts again after a while. */
  crash(): void {
    if (this.#life === undefined) return
    const { timeline, random, story, broker, database, embedded } = this.#parts
    story.happens('server crashes', 'server')
    this.#life.alive = false
    this.#life = undefined
    this.#store = undefined
    this.#ending.abort()
    database.crash()
    broker.dropServer(0)
    if (embedded) {
      broker.up = false
      broker.breakAll(true)
    }
    timeline.after(random.int(200, 15_000), () => this.start())
  }

  /** Stopped for a while, and going on: what it has not heard meanwhile waits for it, or its link is gone. */
  freeze(ms: number): void {
    const life = this.#life
    const { timeline, random, story, broker, database, embedded, leaseMs, onHears } = this.#parts
    if (life === undefined || life.heldUntil > timeline.now) return
    // Nothing is decided and not yet written: the rules can tell what was decided after it.
    if (database.busy) return timeline.after(1, () => this.freeze(ms), life)
    story.happens('freezes of the server', `for ${ms} ms`)
    life.heldUntil = timeline.now + ms
    // Half a lease may be lost: who speaks in the other half is heard.
    const isDeaf = ms > leaseMs / 2
    if (isDeaf) onHears(false)
    const keepsLinks = random.chance(0.5)
    if (embedded) {
      broker.up = false
      if (!keepsLinks) broker.breakAll(false)
    }
    timeline.after(ms, () => {
      if (!life.alive) return
      story.note(() => 'server: goes on')
      if (embedded) broker.up = true
      else if (!keepsLinks) broker.dropServer(0)
      if (isDeaf) onHears(broker.serves(life))
    })
  }

  // ---- what people ask of it ----

  addTask(project: number, template: number): void {
    this.#ask((store) =>
      startTask(store, { project_id: project, template_id: template, created: 0 }),
    )
  }

  stopTask(task: number, force: boolean): void {
    const { story } = this.#parts
    story.note(() => `people: stop ${task}${force ? ' by force' : ''}`)
    this.#ask((store) => stopTask(store, task, { force, now: 0 }))
  }

  deleteTask(id: number): void {
    this.#ask(async (store) => {
      const task = await findTask(store.read, id)
      if (task && isFinal(task.status)) await store.commit((tx) => deleteTask(tx.db, id))
    })
  }

  /** They want the newest webhook once more. */
  resendWebhook(): void {
    this.#ask(async (store) => {
      const newest = await store.read('deliveries').orderBy('id', 'desc').first('id', 'webhook_id')
      if (newest === undefined) return
      this.#parts.story.count('webhooks asked for again')
      await store.commit((tx) => redeliver(tx, newest.webhook_id, newest.id, 0))
    })
  }

  removeRunner(id: number): void {
    const { broker } = this.#parts
    this.#ask(async (store) => {
      await removeRunner(store, id, 0)
      broker.revoke(id)
    })
  }

  /** What cannot be written is refused, and whoever asked is told so. */
  #ask(act: (store: Store) => Promise<unknown>): void {
    const { timeline, story } = this.#parts
    const [life, store] = [this.#life, this.#store]
    if (life === undefined || store === undefined) return
    timeline.unheld(life, () => void act(store).catch(() => story.count('requests refused')))
  }

  async #readJob(task: number, attempt: number) {
    const { timeline, random, jobless } = this.#parts
    const life = this.#life
    await new Promise<void>((resolve) => timeline.after(random.int(0, 10), resolve, life))
    if (random.chance(jobless())) throw new AppError('not_found', 'its repository is gone')
    return jobOf(task, attempt, random.chance(0.1) ? random.int(2, 10) : 0)
  }
}
