/** The disk under the spool, and then the one under the database, are full for a while. */
import { execFile } from 'node:child_process'
import { mkdtemp, open, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '../../../lib/clock.ts'
import type { Program } from '../../kit/program.ts'
import { judge } from '../judge.ts'
import { Said } from '../said.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { Trial } from '../trial.ts'

const run = promisify(execFile)
const size = { tasksAtOnce: 6, seconds: 300 }
/** Within this a server with a full disk is not ready any more, ms. */
const notReadyMs = 5_000

export const fullDisk: Scenario<typeof size> = {
  name: 'full-disk',
  title: 'no space under the spool, and then under the database',
  quick: { ...size, seconds: 8 },
  full: size,
  limits: { quick: 120, full: 1_800 },
  async missing() {
    if (process.getuid?.() === 0) return undefined
    return { what: 'root (to mount a tmpfs)', installable: false }
  },
  async run(size, stage) {
    const spool = await SmallDisk.mount(24, stage)
    const database = await SmallDisk.mount(64, stage)
    const trial = await Trial.open(stage, {
      pace: { lines: 3_000, burst: 100, pause: 0.1 },
      dataDir: join(database.path, 'data'),
      runner: { data_dir: join(spool.path, 'state') },
    })
    const { server, runners } = trial.world
    let busy = true
    const work = trial.keepBusy(size.tasksAtOnce, () => busy)
    const sides: [string, SmallDisk, Program[], Talk][] = [
      ['spool', spool, runners, talkOfRunner],
      ['database', database, [server], talkOfServer],
    ]
    for (const [side, disk, programs, talk] of sides) {
      await trial.told.tasks(trial.told.ids.size + size.tasksAtOnce)
      const said = new Said(programs)
      const ready = disk === database ? expectNotReady(trial, stage) : undefined
      await disk.fillFor(size.seconds * 1000)
      said.expect(talk.full, side, stage)
      await ready
      await said.until(talk.over, side, stage)
      stage.fault(`seconds without space: ${side}`, size.seconds)
    }
    const answer = await trial.world.api.get('/readyz')
    stage.expect(answer.status === 200, `ready again, not ${answer.status} ${answer.text}`)
    busy = false
    await work
    await judge(trial, stage)
  },
}

/** What an operator must be able to read. */
interface Talk {
  full: RegExp
  /** Within a minute of there being space. */
  over: RegExp
}
const talkOfRunner = {
  full: /spool: cannot write, the task waits/,
  over: /there is room for tasks again/,
}
const talkOfServer = {
  full: /paused: the database cannot be written/,
  over: /resumed: the database is written again/,
}

/** Waits until it says that it is not ready, which a probe would see. */
async function expectNotReady({ world }: Trial, stage: Stage): Promise<void> {
  const endsAt = systemClock.monotonic() + notReadyMs
  while (systemClock.monotonic() < endsAt) {
    const { status, text } = await world.api.get('/readyz')
    if (status === 503 && /database/.test(text)) return stage.count('not ready, by /readyz')
    await systemClock.sleep(100)
  }
  stage.expect(false, 'a server whose disk is full answers 503 on /readyz')
}

class SmallDisk {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async mount(megabytes: number, stage: Stage): Promise<SmallDisk> {
    const path = await mkdtemp(join(tmpdir(), 'outstation-small-disk-'))
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'none', path])
    stage.stack.defer(async () => {
      await run('umount', [path])
      await rmdir(path)
    })
    return new SmallDisk(path)
  }

  /** Takes every byte that is free, and whatever becomes free meanwhile. */
  async fillFor(ms: number): Promise<void> {
    const ballast = join(this.path, 'ballast')
    const file = await open(ballast, 'w')
    const endsAt = systemClock.monotonic() + ms
    const block = Buffer.alloc(4096, 1)
    try {
      while (systemClock.monotonic() < endsAt) {
        try {
          for (;;) await file.write(block)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
          await systemClock.sleep(100)
        }
      }
    } finally {
      await file.close()
      await rm(ballast)
    }
  }
}
