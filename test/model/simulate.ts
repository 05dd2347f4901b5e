/**
 * One run: a time of faults, then a time of peace in which everything must come to its end. All of it
 * follows from the seed.
 */
import { isFinal } from '../../broker/states.ts'
import { keyOf } from '../../runner/core/state.ts'
import { decide } from '../../server/core/attempt.ts'
import type { TaskView } from '../../server/core/views.ts'
import { Timeline } from '../kit/timeline.ts'
import { Random } from '../simulator/random.ts'
import { ModelRunner } from './model-runner.ts'
import { ModelServer, type ServerParts } from './model-server.ts'
import { ModelStore } from './model-store.ts'
import { policyOf, Truth } from './truth.ts'
import { type Weather, Wire } from './wire.ts'

/** What a test breaks to see that it is noticed. */
export interface Breaks {
  decide?: ServerParts['decide']
  hastyServer?: boolean
  hastyJournal?: boolean
}

export interface Outcome {
  /** Simulated ms from the last fault until everything was over. */
  settledIn: number
  seen: ReadonlyMap<string, number>
}

const faultsMs = 90_000
/** After the last fault everything is over within this. */
const peaceMs = 600_000
const peaceful = { loss: 0, duplicates: 0 }

/** @throws Error with the seed and the first violation */
export async function simulate(
  seed: number,
  breaks: Breaks = {},
  trace?: (line: string) => void,
): Promise<Outcome> {
  const world = new World(seed, breaks, trace)
  const { timeline, truth } = world
  for (;;) {
    if (!timeline.next()) truth.fail('nothing happens any more')
    // Promises of the real code settle before anything else happens.
    await new Promise(setImmediate)
    if (truth.violation !== undefined) throw new Error(`seed ${seed}: ${truth.violation}`)
    if (timeline.now > faultsMs && world.over()) return world.outcome()
    if (timeline.now > faultsMs + peaceMs) {
      throw new Error(`seed ${seed}: no end in sight: ${world.unsettled()}`)
    }
  }
}

class World {
  readonly timeline = new Timeline()
  readonly truth: Truth
  readonly #random: Random
  readonly #store: ModelStore
  readonly #server: ModelServer
  readonly #wire: Wire
  readonly #runners: ModelRunner[] = []
  #tasks = 0
  #peace = false

  constructor(seed: number, breaks: Breaks, trace: ((line: string) => void) | undefined) {
    const { timeline } = this
    const random = new Random(seed)
    this.#random = random
    this.truth = new Truth(trace && ((line) => trace(`${Math.round(timeline.now)} ${line}`)))
    const { truth } = this
    this.#store = new ModelStore(truth)
    const weather: Weather = {
      slowest: random.of([5, 300, 2_000, 7_000]),
      steady: random.of([0, 0.9]),
      loss: random.of([0, 0.02, 0.1]),
      duplicates: random.of([0, 0.05]),
    }
    const wire = new Wire(timeline, random, weather)
    this.#wire = wire
    const crashy = random.of([0, 0.005, 0.02])
    const crashes = () => (this.#peace ? 0 : crashy)
    const parts = { timeline, random, wire, truth, crashes }
    const { hastyServer: hasty = false, hastyJournal = false } = breaks
    this.#server = new ModelServer({
      ...parts,
      store: this.#store,
      decide: breaks.decide ?? decide,
      embedded: random.chance(0.5),
      leaseMs: random.of([25_000, 60_000]),
      hasty,
    })
    const runners = random.int(1, 3)
    for (let id = 1; id <= runners; id += 1) this.#addRunner(id, { ...parts, hastyJournal })
    this.#server.start()
    this.#plan()
    timeline.after(faultsMs, () => this.#makePeace())
  }

  over(): boolean {
    return (
      this.#server.up &&
      this.#open().length === 0 &&
      this.#known().every(({ settled, burnt }) => settled || burnt)
    )
  }

  unsettled(): string {
    const tasks = this.#open()
    const attempts = tasks.flatMap(({ id }) =>
      [...this.#store.attempts.values()].filter(({ task }) => task === id),
    )
    const runners = this.#known().filter((runner) => !runner.settled)
    return JSON.stringify({ tasks, attempts, runners: runners.map(({ id }) => id) })
  }

  outcome(): Outcome {
    return { settledIn: this.timeline.now - faultsMs, seen: this.truth.seen }
  }

  /** Tasks that are not final. One that waits for a burnt runner, as its template wants, is excused. */
  #open(): TaskView[] {
    const burnt = new Set(this.#runners.filter((runner) => runner.burnt).map(({ id }) => id))
    return [...this.#store.tasks.values()].filter(({ id: task, status, attempt, runner }) => {
      const phase = this.#store.attempts.get(keyOf({ task, attempt }))?.phase
      const granted = phase === 'claimed' || phase === 'started'
      const waits = burnt.has(runner ?? 0) && granted && policyOf(task) === 'wait'
      return !isFinal(status) && !waits
    })
  }

  #known(): ModelRunner[] {
    return this.#runners.filter(({ id }) => this.#store.runners.has(id))
  }

  #addRunner(id: number, parts: ConstructorParameters<typeof ModelRunner>[2]): void {
    const { random } = parts
    const limits = { maxParallelTasks: random.int(0, 2), oneOff: random.chance(0.1) }
    const runner = new ModelRunner(id, limits, parts)
    this.#store.insertRunner(id)
    this.#runners.push(runner)
    runner.start()
  }

  /** When what is to go wrong. */
  #plan(): void {
    const { timeline } = this
    const random = this.#random
    const often = (times: number, act: () => void) => {
      for (let time = 0; time < times; time += 1) {
        timeline.after(random.int(0, faultsMs), () => {
          if (!this.#peace) act()
        })
      }
    }
    const anyTask = () => random.int(1, this.#tasks)
    const anyRunner = () => random.of(this.#runners)
    often(random.int(1, 8), () => this.#server.addTask(++this.#tasks))
    often(random.int(0, 4), () => this.#server.stopTask(anyTask(), random.chance(0.4)))
    often(random.int(0, 2), () => this.#server.deleteTask(anyTask()))
    often(random.int(0, 4), () => this.#wire.cut(anyRunner().id))
    often(random.int(0, 2), () => anyRunner().crash())
    often(random.int(0, 1), () => anyRunner().drain())
    often(random.int(0, 2), () => this.#server.crash())
    often(random.int(0, 2), () => this.#server.cut())
    often(random.int(0, 2), () => anyRunner().fillDisk(random.int(100, 60_000)))
    if (random.chance(0.2)) often(1, () => anyRunner().wipe())
    if (random.chance(0.2)) often(1, () => this.#removeOne())
    if (random.chance(0.2)) often(1, () => this.#burnOne())
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
    const { id } = this.#random.of(left)
    for (const { attempt } of this.#store.live(id)) if (attempt) this.truth.mayBeLost(attempt)
    this.#server.removeRunner(id)
  }

  /** What is down comes up by itself; a silent link stays silent until its keepalive notices. */
  #makePeace(): void {
    this.#peace = true
    this.#wire.weather = { ...this.#wire.weather, ...peaceful }
  }
}
