/**
 * A kill at every point at which something becomes durable, from the start of the process to the end
 * of a task: before the call, behind it, and before it with what was written since the last one torn
 * off, as a power cut may leave it. Each time it is started again, and the task must come to its end.
 */
import type { Program } from '../../kit/program.ts'
import { type DiskFaults, deaths, FaultyDisk, lacksCompiler, pointsIn, sample } from '../disk.ts'
import { judge } from '../judge.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { Trial } from '../trial.ts'

/** Points on either side, for each way to die there; of more than there are, all. */
const size = { runner: 1_000, server: 1_000 }
/** From the start of the process on, with its death and its second start in between. */
const patienceMs = 60_000
type Side = 'server' | 'runner'

export const fsyncPoints: Scenario<typeof size> = {
  name: 'fsync-points',
  title: 'killed at every fsync of a whole task, on either side',
  quick: { runner: 4, server: 2 },
  full: size,
  missing: lacksCompiler,
  async run(size, stage) {
    const disk = stage.stack.use(await FaultyDisk.build())
    const trial = await Trial.open(stage, {
      runners: 1,
      pace: { lines: 200, burst: 50, pause: 0.05 },
    })
    const sides: [Side, Program][] = [
      ['runner', trial.world.runners[0] as Program],
      ['server', trial.world.server],
    ]
    for (const [side, program] of sides) await sweep({ side, program, disk, trial, stage }, size)
    await judge(trial, stage, { interrupted: true })
  },
}

interface Sweep {
  side: Side
  program: Program
  disk: FaultyDisk
  trial: Trial
  stage: Stage
}

async function sweep(one: Sweep, size: Record<Side, number>): Promise<void> {
  const { side, stage } = one
  const calls = await watchOneTask(one)
  stage.counts[`points of the ${side}`] = calls.length
  stage.say(`${side}: ${calls.length} points`)
  for (const [way, faults] of Object.entries(deaths)) {
    for (const n of sample(calls.length, size[side], stage.random)) {
      const survived = await dieAt(one, faults(n))
      if (survived) stage.count(`not reached: ${side}`)
      else stage.fault(`kills of the ${side} ${way}`)
    }
  }
}

/** What becomes durable, call by call, from the start of the process to the end of a task. */
async function watchOneTask({ side, program, disk, trial }: Sweep): Promise<string[]> {
  const log = disk.file(`${side}.points`)
  await trial.restart(program, disk.env({ log }))
  await oneTask(trial)
  return await pointsIn(log)
}

/** @returns false if it died there, as it should; true if the task was over before. */
async function dieAt({ program, disk, trial, stage }: Sweep, faults: DiskFaults): Promise<boolean> {
  trial.doom(program)
  await program.end('SIGKILL')
  program.env = disk.env(faults)
  const died = program.launch().then(() => false)
  const over = oneTask(trial).then(() => true)
  const survived = await Promise.race([died, over])
  // Also where it survived: its next point would be the one.
  if (survived) await trial.restart(program, {})
  program.env = {}
  if (!survived) await trial.startAgain(program)
  await over.catch((error) =>
    stage.wrong('not final in time', `${JSON.stringify(faults)}: ${error}`),
  )
  return survived
}

/** Starts a task and waits for its end. */
async function oneTask(trial: Trial): Promise<void> {
  const [id] = (await trial.start(1)) as [number]
  if (await trial.told.until((ids) => ids.has(id), patienceMs)) return
  throw new Error(`not over after ${patienceMs} ms: ${JSON.stringify(await trial.world.task(id))}`)
}
