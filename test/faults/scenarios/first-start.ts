/**
 * A server that is killed at every fsync of its very first start: it makes its keys, its CA and its
 * database then, and a half of any of them would be of no use at the next start, or for ever.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../lib/clock.ts'
import { lineOf } from '../../../lib/errors.ts'
import { Program } from '../../kit/program.ts'
import {
  chooseDeaths,
  type Death,
  diedThere,
  FaultyDisk,
  lacksCompiler,
  pointsIn,
} from '../disk.ts'
import type { Scenario, Stage } from '../scenario.ts'

const config = {
  data_dir: 'data',
  interface: '127.0.0.1',
  port: 0,
  mqtt: { port: 0, interface: '127.0.0.1' },
  log: { format: 'json' },
}
/** Points for each way to die there; of more than there are, all. */
const size = { points: 1_000 }
/** Fewer would mean that they were not found, and that nobody is killed. */
const fewestPoints = 20
/** The last points may come when it says already that it serves. */
const lingerMs = 2_000

export const firstStart: Scenario<typeof size> = {
  name: 'first-start',
  title: 'the server killed at every fsync of its first start',
  quick: { points: 1 },
  full: size,
  limits: { quick: 90, full: 3_000 },
  missing: lacksCompiler,
  async run(size, stage) {
    const disk = stage.stack.use(await FaultyDisk.build())
    const log = disk.file('points')
    await start(disk.env({ log }), stage)
    const points = (await pointsIn(log)).length
    stage.count('points', points)
    stage.expect(points >= fewestPoints, `the points of a first start are found, not ${points}`)
    for (const death of chooseDeaths(points, size.points, stage.random)) {
      const dead = await dieAt(death, disk, stage)
      stage.expect(dead, `it reaches its point ${death.point} and dies there, ${death.way}`)
      if (dead) stage.fault(`kills ${death.way}`)
    }
  },
}

async function dieAt(death: Death, disk: FaultyDisk, stage: Stage): Promise<boolean> {
  const log = disk.file(`${death.way}.${death.point}`)
  const end = await start(disk.env({ ...death.faults, log }), stage)
  return end !== undefined && (await diedThere(death, end, log))
}

/** @returns how it died, if it did; then it was started again, as an operator would */
async function start(env: Record<string, string>, stage: Stage) {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-first-start-'))
  const server = new Program(['server', '--config', join(folder, 'server.json')], 'serving', env)
  stage.logs.set('server', server.lines)
  try {
    await writeFile(join(folder, 'server.json'), JSON.stringify(config), { mode: 0o600 })
    const end = await Promise.race([
      server.launch(),
      server
        .logged('serving')
        .then(() => systemClock.sleep(lingerMs))
        .then(() => undefined),
    ])
    if (end === undefined) return undefined
    server.env = {}
    await server.start().catch((error) => stage.wrong('not as promised', lineOf(error)))
    return end
  } finally {
    await server.end('SIGKILL')
    await rm(folder, { recursive: true })
  }
}
