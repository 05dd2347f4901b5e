/** Every fsync fails with EIO for a while, on one side and then on the other, while tasks run. */
import { rm, writeFile } from 'node:fs/promises'
import { systemClock } from '../../../lib/clock.ts'
import type { Program } from '../../kit/program.ts'
import { FaultyDisk, lacksCompiler } from '../disk.ts'
import { judge } from '../judge.ts'
import { Said } from '../said.ts'
import type { Scenario } from '../scenario.ts'
import { Trial } from '../trial.ts'

const size = { runners: 2, tasksAtOnce: 8, rounds: 10, seconds: 5 }

export const fsyncErrors: Scenario<typeof size> = {
  name: 'fsync-errors',
  title: 'every fsync fails with EIO for seconds, on either side',
  quick: { ...size, rounds: 1, seconds: 3 },
  full: size,
  limits: { quick: 90, full: 900 },
  missing: lacksCompiler,
  async run(size, stage) {
    const disk = stage.stack.use(await FaultyDisk.build())
    const pace = { lines: 400, burst: 20, pause: 0.1 }
    const trial = await Trial.open(stage, { runners: size.runners, pace })
    const { server, runners } = trial.world
    const victims: [string, Program[], RegExp][] = [
      ['runner', runners, /journal cannot be written|spool: cannot write/],
      ['server', [server], /SQLITE_IOERR|disk I\/O error/],
    ]
    let busy = true
    const bad = disk.file('bad')
    for (const [side, programs] of victims) {
      const env = disk.env({ failWhile: `${bad}.${side}` })
      for (const program of programs) await trial.restart(program, env)
    }
    const work = trial.keepBusy(size.tasksAtOnce, () => busy)
    for (let round = 0; round < size.rounds; round += 1) {
      for (const [side, programs, complaint] of victims) {
        // Some have ended, so others run.
        await trial.told.tasks(trial.told.ids.size + 1)
        const said = new Said(programs)
        await failFor(size.seconds * 1000, `${bad}.${side}`)
        // Each minute once, at most.
        if (round === 0) said.expect(complaint, side, stage)
        stage.fault(`seconds of EIO: ${side}`, size.seconds)
      }
    }
    busy = false
    await work
    await judge(trial, stage)
  },
}

async function failFor(ms: number, file: string): Promise<void> {
  await writeFile(file, '')
  await systemClock.sleep(ms)
  await rm(file)
}
