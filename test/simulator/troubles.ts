/** What goes wrong in a world, and when: all of it follows from the seed. */
import type { Timeline } from '../kit/timeline.ts'
import type { Database } from './database/database.ts'
import type { Broker } from './network/broker.ts'
import type { Random } from './random.ts'
import { durableJournal } from './records.ts'
import { Runner } from './runner.ts'
import type { Server } from './server.ts'
import type { Story } from './story.ts'

export interface TroubleParts {
  timeline: Timeline
  random: Random
  story: Story
  broker: Broker
  database: Database
  server: Server
  runners: readonly Runner[]
  /** Those that the server knows. */
  known(): Runner[]
  /** An attempt that was on a disk that is lost now. */
  mayBeLost(key: string): void
  /** How long things go wrong, ms. */
  lastMs: number
  /** How often, as a part of the most there can be. */
  often: number
}

export class Troubles {
  readonly #parts: TroubleParts
  #over = false
  /** To be removed: a server that stands still does it when it goes on. */
  readonly #leaving = new Set<number>()

  constructor(parts: TroubleParts) {
    this.#parts = parts
  }

  /** Nothing goes wrong any more. */
  get over(): boolean {
    return this.#over
  }

  /** Lets it happen up to `most` times, each at any moment. */
  often(most: number, act: () => void): void {
    const { random, lastMs, often } = this.#parts
    for (let times = random.int(0, Math.ceil(most * often)); times > 0; times -= 1) {
      this.#after(random.int(0, lastMs), act)
    }
  }

  plan(): void {
    const { timeline, random, server, runners, lastMs } = this.#parts
    const anyRunner = () => random.of(runners)
    const rarely = (act: () => void, chance = 0.2) => {
      if (random.chance(chance)) this.often(1, act)
    }
    this.often(3, () => this.#cut(anyRunner().id))
    this.often(2, () => anyRunner().kill())
    this.often(2, () => anyRunner().losePower())
    this.often(1, () => anyRunner().drain())
    this.often(2, () => server.crash())
    this.often(2, () => this.#cutServer(random.int(10, 20_000)))
    this.often(2, () => this.#setClocks())
    rarely(() => this.#isolateServer())
    rarely(() => this.#freeze(random.of([server, anyRunner()])))
    rarely(() => this.#partition(anyRunner().id))
    rarely(() => this.#spoilDisk(anyRunner()))
    rarely(() => this.#deceive(anyRunner()), 0.5)
    rarely(() => this.#spoilDatabase())
    rarely(() => this.#wipe(anyRunner()))
    rarely(() => this.#removeOne())
    rarely(() => this.#burnOne())
    timeline.after(lastMs, () => this.#end())
  }

  #after(ms: number, act: () => void): void {
    this.#parts.timeline.after(ms, () => {
      if (!this.#over) act()
    })
  }

  #cut(runner: number): void {
    const { random, story, broker } = this.#parts
    const which = random.of(['both', 'both', 'up', 'down'] as const)
    const told = which === 'both' && random.chance(0.5)
    story.happens(which === 'both' ? 'links cut' : 'links half open', `runner ${runner} (${which})`)
    broker.break(runner, which, told)
  }

  #cutServer(awayMs: number): void {
    const { story, broker } = this.#parts
    story.happens('cuts between server and broker', 'server')
    broker.dropServer(awayMs)
  }

  /** For longer than a lease and the grace, now and then. A broker in its own process is never away. */
  #isolateServer(): void {
    const { timeline, random, story, broker, server } = this.#parts
    if (server.embedsBroker) return
    const awayMs = random.int(20_000, 120_000)
    this.#cutServer(awayMs)
    if (random.chance(0.5)) return
    story.happens('brokers that were down', `for ${awayMs} ms`)
    broker.up = false
    broker.breakAll(true)
    timeline.after(awayMs, () => {
      broker.up = true
    })
  }

  /** For longer than a lease and the grace, now and then. */
  #freeze(machine: Server | Runner): void {
    machine.freeze(this.#parts.random.int(5_000, 120_000))
  }

  /** Longer than the lease and the grace together, now and then. */
  #partition(runner: number): void {
    const { random, story, broker } = this.#parts
    story.happens('partitions', `runner ${runner}`)
    broker.partition(runner, random.int(10_000, 120_000))
  }

  #setClocks(): void {
    const { random, story, server, runners } = this.#parts
    const machine = random.of([server, ...runners])
    story.happens('wall clocks set', machine instanceof Runner ? machine.name : 'server')
    machine.setClock(random.int(-1, 1) * 86_400_000 + random.int(-60_000, 60_000))
  }

  /** Full, or failing now and then, for a while. */
  #spoilDisk(runner: Runner): void {
    const { disk, name } = runner
    const { timeline, random, story } = this.#parts
    const full = random.chance(0.5)
    story.happens(full ? 'full disks of runners' : 'failing disks of runners', name)
    if (full) disk.full = true
    else disk.failing = random.of([0.1, 0.5])
    const lastsMs = random.int(1_000, 40_000)
    timeline.after(lastsMs, () => {
      disk.full = false
      disk.failing = 0
    })
  }

  /**
   * An fsync fails once, and whoever sees that starts the process anew: it finds a disk that works, and
   * knows nothing. Then the power goes.
   */
  #deceive(runner: Runner): void {
    const { random, story } = this.#parts
    runner.disk.failsNext = () => {
      story.happens('processes killed for an fsync that failed', runner.name)
      runner.kill()
      this.#after(random.int(500, 30_000), () => runner.losePower())
    }
  }

  #spoilDatabase(): void {
    const { timeline, random, story, database } = this.#parts
    database.trouble = random.of(['full', 'failing'] as const)
    story.happens(`${database.trouble} disks of the server`, 'server')
    timeline.after(random.int(1_000, 40_000), () => {
      database.trouble = undefined
    })
  }

  #wipe(runner: Runner): void {
    for (const key of durableJournal(runner.disk).attempts.keys()) this.#parts.mayBeLost(key)
    runner.wipe()
  }

  /** A machine that nobody will ever see again, and that nobody has removed yet. */
  #burnOne(): void {
    const left = this.#left()
    if (left.length > 1) this.#parts.random.of(left).burn()
  }

  /** Never the last one: somebody must do the work. */
  #removeOne(): void {
    const { random, story, server } = this.#parts
    const left = this.#left()
    if (left.length < 2) return
    story.count('runners removed')
    const { id } = random.of(left)
    this.#leaving.add(id)
    server.removeRunner(id)
  }

  #left(): Runner[] {
    return this.#parts.known().filter(({ id, burnt }) => !burnt && !this.#leaving.has(id))
  }

  /** What is down comes up by itself; a silent link stays silent until its keepalive notices. */
  #end(): void {
    const { story, broker, database, runners } = this.#parts
    this.#over = true
    story.note(() => 'peace')
    Object.assign(broker.sky.weather, { loss: 0, duplicates: 0, disorder: 0 })
    database.trouble = undefined
    for (const { disk } of runners) {
      disk.full = false
      disk.failing = 0
      disk.failsNext = undefined
    }
  }
}
