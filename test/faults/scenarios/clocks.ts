/** The wall clocks of server and runners jump by a day, forth and back, while tasks run. */
import { existsSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../../lib/clock.ts'
import type { Program } from '../../kit/program.ts'
import { judge } from '../judge.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { Trial } from '../trial.ts'

const size = { runners: 2, tasksAtOnce: 6, steps: 40 }
const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
const library = `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`
/** The deadline of a task that would run for ever, s; and by how much its end may be seen to differ. */
const deadline = { seconds: 12, grace: 5 }
const files = { 'endless.sh': 'while sleep 0.1; do echo on; done\n' }

export const setClocks: Scenario<typeof size> = {
  name: 'clocks',
  title: 'wall clocks jump by a day, forth and back',
  quick: { ...size, steps: 10 },
  full: size,
  async missing() {
    if (existsSync(library)) return undefined
    return { what: 'libfaketime (apt-get install faketime)', installable: true }
  },
  async run(size, stage) {
    const pace = { lines: 300, burst: 20, pause: 0.1 }
    const trial = await Trial.open(stage, {
      runners: size.runners,
      pace,
      files,
      server: { max_task_duration_sec: deadline.seconds },
    })
    const { folder, server, runners } = trial.world
    const clocks: WallClock[] = []
    for (const program of [server, ...runners]) {
      const clock = new WallClock(join(folder, `clock-${clocks.length}`))
      await clock.set('+0')
      clocks.push(clock)
      await trial.restart(program, clock.env)
    }
    let busy = true
    const work = trial.keepBusy(size.tasksAtOnce, () => busy)
    const overdue = expectDeadline(trial, stage)
    for (let turn = 0; turn < size.steps; turn += 1) {
      await stage.random.of(clocks).set(stage.random.of(['+1d', '-1d', '+0']))
      stage.fault('clock steps')
      await systemClock.sleep(stage.random.int(500, 1_500))
    }
    await overdue
    for (const clock of clocks) await clock.set('+0')
    busy = false
    await work
    expectNoSilence([server, ...runners], stage)
    await judge(trial, stage)
  },
}

class WallClock {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /** @param offset `+1d`, `-1d`: from now on that much beside the truth */
  async set(offset: string): Promise<void> {
    await writeFile(`${this.#file}.new`, `${offset}\n`)
    await rename(`${this.#file}.new`, this.#file)
  }

  get env(): Record<string, string> {
    return {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    }
  }
}

/** A task that would run for ever is ended by its deadline: not sooner, and not much later. */
async function expectDeadline({ world }: Trial, stage: Stage): Promise<void> {
  const task = await world.run(await world.template({ name: 'Endless', playbook: 'endless.sh' }))
  await world.printed(task, 'on\n')
  const began = systemClock.monotonic()
  const { status, reason } = await world.finished(task)
  const took = (systemClock.monotonic() - began) / 1000
  const isDue = took > deadline.seconds - deadline.grace && took < deadline.seconds + deadline.grace
  stage.expect(
    status === 'error' && isDue,
    `a deadline of ${deadline.seconds} s ends a task after that time: ${status} after ${took} s, ${reason}`,
  )
  stage.count('deadlines')
}

/** Nobody was taken for silent, and nobody was thrown out. */
function expectNoSilence(programs: Program[], stage: Stage): void {
  const odd = /^(runner silent|disconnected)$/
  for (const program of programs) {
    const found = program.events.filter(({ event }) => odd.test(event))
    stage.expect(found.length === 0, `no lease ends by a clock: ${JSON.stringify(found)}`)
  }
}
