/** Server and runners die by SIGKILL again and again, and freeze by SIGSTOP, while tasks run. */
import { systemClock } from '../../../lib/clock.ts'
import type { Program } from '../../kit/program.ts'
import { judge } from '../judge.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { Trial } from '../trial.ts'

/** Tasks of one runner at once: so many may be interrupted by its death. */
const slots = 4
const size = {
  runners: 10,
  tasks: 2_000,
  tasksAtOnce: 40,
  serverKills: 200,
  runnerKills: 200,
  stops: 100,
}

export const killProcesses: Scenario<typeof size> = {
  name: 'kills',
  title: 'server and runners killed and frozen while tasks run',
  quick: {
    runners: 3,
    tasks: 50,
    tasksAtOnce: 12,
    serverKills: 4,
    runnerKills: 4,
    stops: 2,
  },
  full: size,
  limits: { quick: 120, full: 4_500 },
  async run(size, stage) {
    const pace = { lines: 100, burst: 10, pause: 0.05 }
    const runner = { max_parallel_tasks: slots }
    const trial = await Trial.open(stage, { runners: size.runners, pace, runner })
    const { server, runners } = trial.world
    const { random } = stage

    /** Spreads `times` of it over the tasks: the next one when so many more are over. */
    const spread = async (times: number, work: () => Promise<void>) => {
      for (let turn = 1; turn <= times; turn += 1) {
        await trial.told.tasks(Math.floor((size.tasks * turn) / (times + 1)))
        await systemClock.sleep(random.int(0, 500))
        await work()
      }
    }
    await Promise.all([
      trial.keepBusy(size.tasksAtOnce, () => trial.started.length < size.tasks),
      spread(size.serverKills, async () => {
        await trial.killAndRelaunch(server)
        stage.fault('kills of the server')
      }),
      spread(size.runnerKills, async () => {
        await trial.killAndRelaunch(random.of(runners))
        stage.fault('kills of a runner')
      }),
      spread(size.stops, () => freeze(random.chance(0.3) ? server : random.of(runners), stage)),
    ])
    await judge(trial, stage, { interrupted: { most: size.runnerKills * slots } })
  },
}

async function freeze(program: Program, stage: Stage): Promise<void> {
  program.signal('SIGSTOP')
  await systemClock.sleep(stage.random.int(100, 3_000))
  program.signal('SIGCONT')
  stage.fault('freezes')
}
