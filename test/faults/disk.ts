/** The disk with faults (shim/disk.c): built once, preloaded into the process that shall have it. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '../../lib/clock.ts'
import type { Random } from '../simulator/random.ts'
import type { Lack } from './scenario.ts'

const run = promisify(execFile)

/** What a power cut may leave (shim/disk-files.h). */
export type Tear = 'gone' | 'half' | 'zeros'

export interface DiskFaults {
  /** Gets a line for each point at which something becomes durable. */
  log?: string
  /** Dies instead of the n-th point, or right behind it. */
  killBefore?: number
  killAfter?: number
  /** With `killBefore`: what is left of all that was written, in any file, and not fsynced. */
  tear?: Tear
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
      ['TEAR', tear],
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
const deaths: Record<string, (n: number) => DiskFaults> = {
  'before an fsync': (n) => ({ killBefore: n }),
  'after an fsync': (n) => ({ killAfter: n }),
  'with what was not fsynced gone': (n) => ({ killBefore: n, tear: 'gone' }),
  'with half of it left': (n) => ({ killBefore: n, tear: 'half' }),
  'with zeros for it': (n) => ({ killBefore: n, tear: 'zeros' }),
}

export interface Death {
  way: string
  point: number
  faults: DiskFaults
}

/** Each way to die at each point from 1 to `count`, or at `most` of them. */
export function chooseDeaths(count: number, most: number, random: Random): Death[] {
  return Object.entries(deaths).flatMap(([way, faultsAt]) => {
    const left = Array.from({ length: count }, (_, index) => index + 1)
    while (left.length > most) left.splice(random.int(0, left.length - 1), 1)
    return left.map((point) => ({ way, point, faults: faultsAt(point) }))
  })
}

/** Whether it ended as the disk ends it, and at its point. @param log of that process */
export async function diedThere(
  { point }: Death,
  end: number | NodeJS.Signals,
  log: string,
): Promise<boolean> {
  return end === 'SIGKILL' && (await pointsIn(log)).length >= point
}

/** Between two looks whether more has come, ms. */
const quietMs = 1_000

/** Resolves once no more points come: what a process does behind an answer is over. */
export async function untilQuiet(log: string): Promise<void> {
  for (let seen = -1, found = 0; found > seen; ) {
    seen = found
    await systemClock.sleep(quietMs)
    found = (await pointsIn(log)).length
  }
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
