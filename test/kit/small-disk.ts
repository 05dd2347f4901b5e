/** A disk of a few megabytes, to be filled: a tmpfs, which only root may mount. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, open, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** For `skip`: what is missing; false = nothing. In CI it has to be there. */
export const noSmallDisk: string | false =
  process.getuid?.() === 0 || process.env.CI ? false : 'to mount a small disk needs root'

export class SmallDisk {
  readonly path: string
  readonly #ballast: string

  private constructor(path: string) {
    this.path = path
    this.#ballast = join(path, 'ballast')
  }

  static async mount(megabytes: number): Promise<SmallDisk> {
    const path = await mkdtemp(join(tmpdir(), 'outstation-small-disk-'))
    try {
      const options = `size=${megabytes}m,mode=0700`
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'outstation-test', path])
    } catch (error) {
      await rmdir(path)
      throw error
    }
    return new SmallDisk(path)
  }

  /** @returns undefined, and the test is skipped, where it may not be mounted */
  static async for(t: TestContext, megabytes = 1): Promise<SmallDisk | undefined> {
    if (noSmallDisk) {
      t.skip(noSmallDisk)
      return undefined
    }
    const disk = await SmallDisk.mount(megabytes)
    t.after(() => disk.close())
    return disk
  }

  /** Takes every byte that is free, but for the last `leave`. */
  async fill(leave = 0): Promise<void> {
    const ballast = await open(this.#ballast, 'a')
    const block = Buffer.alloc(4096, 1)
    try {
      for (;;) await ballast.appendFile(block)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      const { size } = await ballast.stat()
      await ballast.truncate(size - leave)
    } finally {
      await ballast.close()
    }
  }

  /** Gives them back. */
  async free(): Promise<void> {
    await rm(this.#ballast, { force: true })
  }

  async close(): Promise<void> {
    // Lazily: a test that failed may have left a file open.
    execFileSync('umount', ['-l', this.path])
    await rmdir(this.path)
  }
}
