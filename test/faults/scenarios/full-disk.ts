/** The disk under the spool, and then the one under the database, are full for a while. */
import { execFile } from 'node:child_process'
import { mkdtemp, open, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '../../../lib/clock.ts'
import { judge } from '../judge.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { Trial } from '../trial.ts'

const run = promisify(execFile)
const size = { tasksAtOnce: 6, seconds: 300 }

export const fullDisk: Scenario<typeof size> = {
  name: 'full-disk',
  title: 'no space under the spool, and then under the database',
  quick: { ...size, seconds: 5 },
  full: size,
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
    let busy = true
    const work = trial.keepBusy(size.tasksAtOnce, () => busy)
    for (const [side, disk] of [
      ['spool', spool],
      ['database', database],
    ] as const) {
      await trial.told.tasks(trial.told.ids.size + size.tasksAtOnce)
      await disk.fillFor(size.seconds * 1000)
      stage.fault(`seconds without space: ${side}`, size.seconds)
    }
    busy = false
    await work
    await judge(trial, stage)
  },
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
