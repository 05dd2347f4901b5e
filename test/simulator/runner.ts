/** A runner on a simulated machine: real lives, one after the other, on a disk and a link that fail. */
import type { AppError } from '../../lib/errors.ts'
import type { RunnerFacts } from '../../runner/core/state.ts'
import { live } from '../../runner/live.ts'
import { Life, type Timeline } from '../kit/timeline.ts'
import { mount } from './disk/calls.ts'
import { Disk } from './disk/disk.ts'
import type { Keys } from './keys.ts'
import { type Broker, topics } from './network/broker.ts'
import { connectRunner, type RunnerClient } from './network/clients.ts'
import { patience } from './network/connection.ts'
import { type ProcessParts, processes } from './process.ts'
import type { Random } from './random.ts'
import type { Story } from './story.ts'
import { logOf } from './told.ts'

export interface RunnerParts extends Pick<ProcessParts, 'onSpawn' | 'onPrint' | 'onEnd'> {
  timeline: Timeline
  random: Random
  story: Story
  broker: Broker
  keys: Keys
  /** Probability to die at each step. */
  crashes(): number
  /** Told that it died, and what went with it. */
  onDeath(): void
}

/** The smallest that the spool takes: a talkative task comes to its end, bytes. */
const spoolCap = 131_072

export class Runner {
  readonly id: number
  readonly #parts: RunnerParts
  readonly #facts: Omit<RunnerFacts, 'boot'>
  readonly #wall = { ahead: 0 }
  disk = new Disk()
  #life: Life | undefined
  #client: RunnerClient | undefined
  #drain = new AbortController()
  #lives = 0
  /** It will never start again. */
  burnt = false

  constructor(
    id: number,
    limits: Pick<RunnerFacts, 'maxParallelTasks' | 'oneOff'>,
    parts: RunnerParts,
  ) {
    this.id = id
    this.#parts = parts
    this.#facts = { version: 'simulated', ...limits }
  }

  get up(): boolean {
    return this.#life !== undefined
  }

  get name(): string {
    return `runner ${this.id}`
  }

  setClock(by: number): void {
    this.#wall.ahead += by
  }

  start(): void {
    if (this.#life !== undefined || this.burnt) return
    const { timeline, random, story, broker, keys } = this.#parts
    const life = new Life()
    this.#life = life
    this.#lives += 1
    this.#drain = new AbortController()
    story.note(() => `${this.name}: starts`)
    const dataDir = mount({
      timeline,
      random,
      disk: this.disk,
      life,
      step: () => this.step(),
      onError: (code) => story.happens(`${code} on a runner's disk`, this.name),
    })
    const done = live({
      runner: this.id,
      facts: { ...this.#facts, boot: `boot${this.id}.${this.#lives}` },
      dataDir,
      spoolCap,
      topics,
      keyring: keys.keyringOf(this.id),
      connect: (handlers, pace) => {
        this.#client = connectRunner(broker, this.id, life, handlers, pace)
        return this.#client
      },
      runJob: processes({ ...this.#parts, life }),
      drain: this.#drain.signal,
      cancel: new AbortController().signal,
      onStatus() {},
      clock: timeline.clock(life, this.#wall),
      random: () => random.next(),
      log: logOf(story, this.name, life),
    })
    done.then(
      () => this.#ended(life, 'ends by itself'),
      (error) => this.#ended(life, `cannot start: ${(error as AppError).message}`),
    )
  }

  /** SIGTERM. */
  drain(): void {
    const life = this.#life
    if (life === undefined) return
    this.#parts.story.happens('runners drained', this.name)
    const drain = this.#drain
    this.#parts.timeline.unheld(life, () => drain.abort())
  }

  /** Stopped for a while with all that it runs, and going on. */
  freeze(ms: number): void {
    const { timeline, story, broker } = this.#parts
    if (this.#life === undefined) return
    if (ms > patience.longest) broker.break(this.id, 'both', false)
    story.happens('freezes of runners', `${this.name} for ${ms} ms`)
    this.#life.heldUntil = Math.max(this.#life.heldUntil, timeline.now + ms)
  }

  /** One of the moments at which it may die. */
  step(): void {
    const { random, crashes } = this.#parts
    if (!random.chance(crashes())) return
    if (random.chance(0.5)) this.kill()
    else this.losePower()
  }

  /** SIGKILL: what it had in memory is gone, what it wrote is not. */
  kill(): void {
    if (this.#life !== undefined) this.#die('runners killed')
  }

  /** What was not fsynced may be gone, too, wholly or in part. */
  losePower(): void {
    const { story, random } = this.#parts
    if (this.#life !== undefined) this.#die('power cuts of runners')
    if (this.disk.losePower(random)) story.happens('torn writes', this.name)
  }

  /** The process dies and its disk is lost. */
  wipe(): void {
    if (this.#life !== undefined) this.#die('runners that lost their disk')
    this.disk = new Disk()
  }

  burn(): void {
    this.burnt = true
    if (this.#life !== undefined) this.#die('runners that never came back')
  }

  #die(how: string): void {
    const { timeline, random, story, onDeath } = this.#parts
    story.happens(how, this.name)
    if (this.#life !== undefined) this.#life.alive = false
    this.#life = undefined
    this.#client?.abandon()
    onDeath()
    timeline.after(random.int(500, 20_000), () => this.start())
  }

  #ended(life: Life, how: string): void {
    if (!life.alive) return
    const { timeline, random, story } = this.#parts
    story.note(() => `${this.name}: ${how}`)
    life.alive = false
    this.#life = undefined
    this.#client?.abandon()
    timeline.after(random.int(500, 20_000), () => this.start())
  }
}
