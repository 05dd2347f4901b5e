/**
 * A kill at every point at which something becomes durable, from the start of the process to the end
 * of a task: before the call, behind it, and before it with what was written since the last one torn
 * in every file, as a power cut may leave it. Each time it is started again, and the task must come to
 * its end.
 */
import { systemClock } from '../../../lib/clock.ts'
import { lineOf } from '../../../lib/errors.ts'
import type { Program } from '../../kit/program.ts'
import {
  chooseDeaths,
  type Death,
  diedThere,
  FaultyDisk,
  lacksCompiler,
  pointsIn,
  untilQuiet,
} from '../disk.ts'
import { judge } from '../judge.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { Trial } from '../trial.ts'

/** Points on either side, for each way to die there; of more than there are, all. */
const size = { runner: 1_000, server: 1_000 }
/** From the start of the process on, with its death and its second start in between. */
const patienceMs = 60_000
/** Behind the end of a task the last points come, such as that it is forgotten. */
const lingerMs = 3_000
/** A task may take a point less than the one that was watched: then the next one reaches it. */
const mostTasks = 3
/** Fewer would mean that they were not found, and that nobody is killed. */
const fewestPoints = { runner: 10, server: 8 }
type Side = 'server' | 'runner'

export const fsyncPoints: Scenario<typeof size> = {
  name: 'fsync-points',
  title: 'killed at every fsync of a whole task, on either side',
  quick: { runner: 1, server: 1 },
  full: size,
  limits: { quick: 150, full: 3_600 },
  missing: lacksCompiler,
  async run(size, stage) {
    const disk = stage.stack.use(await FaultyDisk.build())
    const trial = await Trial.open(stage, {
      runners: 1,
      pace: { lines: 200, burst: 50, pause: 0.05 },
    })
    const { server, runners } = trial.world
    const one = { disk, trial, stage }
    const most = await sweep({ ...one, side: 'runner', program: runners[0] as Program }, size)
    // Only these: no death of the server interrupts anything.
    const among = new Set(trial.started)
    await sweep({ ...one, side: 'server', program: server }, size)
    await judge(trial, stage, { interrupted: { most, among } })
    await expectNoDamage(trial, stage)
  },
}

/** What a power cut leaves is torn, and what is torn is no damage: nobody is to be alarmed. */
async function expectNoDamage({ world }: Trial, stage: Stage): Promise<void> {
  const [runner] = world.runners
  const { alarms } = (await world.api.get(`/api/runners/${runner?.id}`)).json()
  stage.expect(alarms.length === 0, `no alarm of the runner: ${JSON.stringify(alarms)}`)
}

interface Sweep {
  side: Side
  program: Program
  disk: FaultyDisk
  trial: Trial
  stage: Stage
}

/** @returns how often it was killed */
async function sweep(one: Sweep, size: Record<Side, number>): Promise<number> {
  const { side, stage } = one
  const { length } = await watchOneTask(one)
  stage.counts[`points of the ${side}`] = length
  stage.say(`${side}: ${length} points`)
  stage.expect(length >= fewestPoints[side], `the points of the ${side} are found, not ${length}`)
  let kills = 0
  for (const death of chooseDeaths(length, size[side], stage.random)) {
    const dead = await dieAt(one, death)
    stage.expect(dead, `the ${side} reaches its point ${death.point} and dies there, ${death.way}`)
    if (!dead) continue
    kills += 1
    stage.fault(`kills of the ${side} ${death.way}`)
  }
  return kills
}

/** What becomes durable, call by call, from the start of the process to the end of a task. */
async function watchOneTask({ side, program, disk, trial }: Sweep): Promise<string[]> {
  const log = disk.file(`${side}.points`)
  await trial.restart(program, disk.env({ log }))
  await oneTask(trial)
  await untilQuiet(log)
  return await pointsIn(log)
}

/** @returns whether it died there, as it should; the task is over in any case */
async function dieAt(one: Sweep, death: Death): Promise<boolean> {
  const { side, program, disk, trial, stage } = one
  const log = disk.file(`${side}.${stage.counts['processes with faults'] ?? 0}`)
  stage.count('processes with faults')
  trial.doom(program)
  await program.end('SIGKILL')
  program.env = disk.env({ ...death.faults, log })
  const end = program.launch()
  const tasks: Promise<void>[] = []
  let dead = false
  for (let turn = 0; turn < mostTasks && !dead; turn += 1) {
    const over = oneTask(trial).catch((error) =>
      stage.wrong('not final in time', `${JSON.stringify(death)}: ${lineOf(error)}`),
    )
    tasks.push(over)
    dead = await Promise.race([
      end.then(() => true),
      over.then(() => systemClock.sleep(lingerMs)).then(() => false),
    ])
  }
  const diedRight = dead && (await diedThere(death, await end, log))
  // Also where it lives: its next point would be the one.
  if (!dead) await program.end('SIGKILL')
  program.env = {}
  await trial.startAgain(program)
  await Promise.all(tasks)
  return diedRight
}

/** Starts a task and waits for its end. */
async function oneTask(trial: Trial): Promise<void> {
  const [id] = (await trial.start(1)) as [number]
  if (await trial.told.until((ids) => ids.has(id), patienceMs)) return
  throw new Error(`not over after ${patienceMs} ms: ${JSON.stringify(await trial.world.task(id))}`)
}
