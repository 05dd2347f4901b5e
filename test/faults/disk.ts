/** The disk with faults (shim/disk.c): built once, preloaded into the process that shall have it. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Random } from '../simulator/random.ts'
import type { Lack } from './scenario.ts'

const run = promisify(execFile)

export interface DiskFaults {
  /** Gets a line for each point at which something becomes durable. */
  log?: string
  /** Dies instead of the n-th point, or right behind it. */
  killBefore?: number
  killAfter?: number
  /** With `killBefore`: what that file was given since its last point is gone. */
  tear?: boolean
  /** While this file exists every point fails with EIO. */
  failWhile?: string
}

export class FaultyDisk {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async build(): Promise<FaultyDisk> {
    const folder = await mkdtemp(join(tmpdir(), 'outstation-faulty-disk-'))
    const source = join(import.meta.dirname, 'shim/disk.c')
    await run('cc', ['-O1', '-shared', '-fPIC', '-o', join(folder, 'disk.so'), source, '-ldl'])
    return new FaultyDisk(folder)
  }

  /** The environment of a process with these faults. */
  env({ log, killBefore, killAfter, tear, failWhile }: DiskFaults): Record<string, string> {
    const given: [string, string | number | undefined][] = [
      ['LOG', log],
      ['KILL_BEFORE', killBefore],
      ['KILL_AFTER', killAfter],
      ['TEAR', tear ? 1 : undefined],
      ['FAIL_WHILE', failWhile],
    ]
    const set = given.filter(([, value]) => value !== undefined)
    return {
      LD_PRELOAD: join(this.#folder, 'disk.so'),
      ...Object.fromEntries(set.map(([name, value]) => [`FAULTY_DISK_${name}`, String(value)])),
    }
  }

  /** A new file for `log` or `failWhile`; it does not exist yet. */
  file(name: string): string {
    return join(this.#folder, name)
  }

  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true })
  }
}

/** The ways to die at the n-th point. */
export const deaths: Record<string, (n: number) => DiskFaults> = {
  'before an fsync': (n) => ({ killBefore: n }),
  'after an fsync': (n) => ({ killAfter: n }),
  'with a torn file': (n) => ({ killBefore: n, tear: true }),
}

/** Points from 1 to `count`: so many of them, or all. */
export function sample(count: number, most: number, random: Random): number[] {
  const left = Array.from({ length: count }, (_, index) => index + 1)
  while (left.length > most) left.splice(random.int(0, left.length - 1), 1)
  return left
}

/** `call path` of each point, in order. */
export async function pointsIn(log: string): Promise<string[]> {
  const text = await readFile(log, 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(line.indexOf(' ') + 1))
}

/** What a machine lacks for it. */
export async function lacksCompiler(): Promise<Lack | undefined> {
  if (process.platform !== 'linux') return { what: 'Linux', installable: false }
  return await run('cc', ['--version']).then(
    () => undefined,
    () => ({ what: 'a C compiler (cc)', installable: true }),
  )
}
