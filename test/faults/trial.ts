/** A server and runners as real processes, with work that counts itself: where all scenarios play. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../lib/clock.ts'
import type { Program } from '../kit/program.ts'
import { openWorld, type World, type WorldOptions } from '../kit/world.ts'
import { WorldRunner } from '../kit/world-runner.ts'
import type { Stage } from './scenario.ts'
import { Told } from './told.ts'
import { argumentsOf, file, type Pace, script } from './work.ts'

/** Between two tries to reach a server that is away, ms. */
const askAgainMs = 100

export interface TrialOptions extends Omit<WorldOptions, 'files'> {
  pace: Pace
  /** Scripts beside the one that counts. */
  files?: Record<string, string>
}

export class Trial {
  readonly world: World
  readonly told: Told
  readonly pace: Pace
  readonly #stage: Stage
  /** The template of the work that counts itself. */
  readonly template: number
  /** Processes that are being ended on purpose. */
  readonly #doomed = new Set<Program>()
  /** Tasks whose start the server has confirmed. */
  readonly started: number[] = []

  private constructor(world: World, told: Told, pace: Pace, template: number, stage: Stage) {
    this.world = world
    this.told = told
    this.pace = pace
    this.template = template
    this.#stage = stage
  }

  static async open(stage: Stage, { pace, files, ...options }: TrialOptions): Promise<Trial> {
    const told = stage.stack.use(await Told.start())
    const server = { webhooks: { allow_private_addresses: true }, ...options.server }
    const repository = { [file]: script, ...files }
    const world = stage.stack.use(await openWorld({ ...options, server, files: repository }))
    const hook = { name: 'Told', url: told.url, events: ['task.finished'] }
    await world.api.post(`${world.project.path}/webhooks`, hook)
    const id = await world.template({
      name: 'Count',
      playbook: file,
      arguments: argumentsOf(spawnedIn(world), pace),
    })
    const trial = new Trial(world, told, pace, id, stage)
    stage.logs.set('server', world.server.lines)
    for (const program of [world.server, ...world.runners]) trial.watch(program)
    stage.stack.defer(() => {
      for (const program of [world.server, ...world.runners]) trial.#doomed.add(program)
    })
    return trial
  }

  /** `<task>.<attempt>` for each start of the script. */
  async spawned(): Promise<string[]> {
    const text = await readFile(spawnedIn(this.world), 'utf8').catch(() => '')
    return text.split('\n').filter((line) => line !== '')
  }

  /** Starts so many tasks; a server that is away meanwhile is asked until it confirms. */
  async start(count: number): Promise<number[]> {
    const ids: number[] = []
    while (ids.length < count) ids.push(await this.#startOne())
    this.started.push(...ids)
    return ids
  }

  /** Keeps `atOnce` tasks under way for as long as `more` says so. */
  async keepBusy(atOnce: number, more: () => boolean): Promise<void> {
    while (more() && !this.#stage.over) {
      const over = this.told.ids.size
      const room = atOnce - (this.started.length - over)
      if (room > 0) await this.start(1)
      else await this.told.tasks(over + 1, 1000)
    }
  }

  /** Kills it, and starts it again without waiting until it is up. */
  async killAndRelaunch(program: Program): Promise<void> {
    this.#doomed.add(program)
    await program.end('SIGKILL')
    if (this.#stage.over) return
    this.#doomed.delete(program)
    this.watch(program, program.launch())
  }

  /** Ends it quietly and starts it with another environment; resolves when it is up. */
  async restart(program: Program, env: Record<string, string>): Promise<void> {
    this.doom(program)
    await program.end('SIGTERM')
    program.env = env
    await this.startAgain(program)
  }

  /** Expects that it ends by a fault: what is doomed may die. */
  doom(program: Program): void {
    this.#doomed.add(program)
  }

  /** Starts it and waits until it is up; from then on it shall live. */
  async startAgain(program: Program): Promise<void> {
    this.#doomed.delete(program)
    await program.start()
    this.watch(program)
  }

  /** A process that dies and was not killed by the scenario is a finding. */
  watch(program: Program, ended = program.ended()): void {
    if (program instanceof WorldRunner) this.#stage.logs.set(`runner-${program.id}`, program.lines)
    void ended.then((code) => {
      if (this.#doomed.has(program)) return
      this.#stage.wrong('died by itself', `with ${code}: ${program.tail()}`)
    })
  }

  async #startOne(): Promise<number> {
    for (;;) {
      try {
        return await this.world.run(this.template)
      } catch (error) {
        if (!isAway(error) || this.#stage.over) throw error
        await systemClock.sleep(askAgainMs)
      }
    }
  }
}

function spawnedIn({ folder }: World): string {
  return join(folder, 'spawned')
}

/** Not there, gone in the middle, or there and not able. */
export function isAway(error: unknown): boolean {
  const { code, message } = error as { code?: string; message: string }
  return code !== undefined || /: 50\d /.test(message)
}
