/**
 * A server that is killed at every fsync of its very first start: it makes its keys, its CA and its
 * database then, and a half of any of them would be of no use at the next start, or for ever.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lineOf } from '../../../lib/errors.ts'
import { Program } from '../../kit/program.ts'
import { deaths, FaultyDisk, lacksCompiler, pointsIn, sample } from '../disk.ts'
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

export const firstStart: Scenario<typeof size> = {
  name: 'first-start',
  title: 'the server killed at every fsync of its first start',
  quick: { points: 1 },
  full: size,
  missing: lacksCompiler,
  async run(size, stage) {
    const disk = stage.stack.use(await FaultyDisk.build())
    const log = disk.file('points')
    await start(disk.env({ log }), stage)
    const points = (await pointsIn(log)).length
    stage.count('points', points)
    for (const [way, faults] of Object.entries(deaths)) {
      for (const n of sample(points, size.points, stage.random)) {
        const died = await start(disk.env(faults(n)), stage)
        if (died) stage.fault(`kills ${way}`)
        else stage.count('not reached')
      }
    }
  },
}

/** @returns true if it died; then it was started again, as an operator would */
async function start(env: Record<string, string>, stage: Stage): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-first-start-'))
  const server = new Program(['server', '--config', join(folder, 'server.json')], 'serving', env)
  stage.logs.set('server', server.lines)
  try {
    await writeFile(join(folder, 'server.json'), JSON.stringify(config), { mode: 0o600 })
    const died = await Promise.race([
      server.launch().then(() => true),
      server.logged('serving').then(() => false),
    ])
    if (!died) return false
    server.env = {}
    await server.start().catch((error) => stage.wrong('not as promised', lineOf(error)))
    return true
  } finally {
    await server.end('SIGKILL')
    await rm(folder, { recursive: true })
  }
}
