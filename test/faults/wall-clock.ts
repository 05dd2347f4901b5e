/** The wall clock of one process, set beside the truth while it runs (libfaketime). */
import { existsSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { systemClock } from '../../lib/clock.ts'
import type { LogEvent, Program } from '../kit/program.ts'
import type { Lack } from './scenario.ts'

const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
const library = `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`
/** Between two looks at a log, and the longest that a busy process says nothing, ms. */
const look = { everyMs: 50, atMostMs: 20_000 }
/** A line that was logged at that time is not further from it, ms. */
const nearMs = 3_600_000

export class WallClock {
  readonly program: Program
  readonly #file: string
  #offset = 0

  /** @param file to be made, by which the process is told */
  constructor(program: Program, file: string) {
    this.program = program
    this.#file = file
  }

  /** For the process, which has this clock from its next start on. */
  get env(): Record<string, string> {
    return {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    }
  }

  /** @param days from now on it is so much beside the truth */
  async set(days: number): Promise<void> {
    this.#offset = days * 86_400_000
    await writeFile(`${this.#file}.new`, `${days < 0 ? '' : '+'}${days}d\n`)
    await rename(`${this.#file}.new`, this.#file)
  }

  /** Resolves with true once its process has logged something at this time; with false if it never does. */
  async isSeen(): Promise<boolean> {
    const { program } = this
    const endsAt = systemClock.monotonic() + look.atMostMs
    for (let known = program.events.length; systemClock.monotonic() < endsAt; ) {
      // A start of the process begins anew.
      known = Math.min(known, program.events.length)
      const there = Date.now() + this.#offset
      const isThere = ({ time }: LogEvent) => Math.abs(Date.parse(`${time}`) - there) < nearMs
      if (program.events.slice(known).some(isThere)) return true
      await systemClock.sleep(look.everyMs)
    }
    return false
  }
}

/** What a machine lacks for it. */
export async function lacksFaketime(): Promise<Lack | undefined> {
  if (existsSync(library)) return undefined
  return { what: 'libfaketime (apt-get install faketime)', installable: true }
}
