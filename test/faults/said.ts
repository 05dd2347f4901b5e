/** What processes say in their logs from now on: an operator must be able to read what is wrong. */
import { systemClock } from '../../lib/clock.ts'
import type { Program } from '../kit/program.ts'
import type { Stage } from './scenario.ts'

/** Between two looks, and the longest that a word is waited for, ms. */
const look = { everyMs: 100, atMostMs: 60_000 }

export class Said {
  readonly #from: readonly [Program, known: number][]

  constructor(programs: readonly Program[]) {
    this.#from = programs.map((program) => [program, program.lines.length])
  }

  has(words: RegExp): boolean {
    return this.#from.some(([{ lines }, known]) =>
      lines.slice(known).some((line) => words.test(line)),
    )
  }

  /** @param who of them it is, for the finding */
  expect(words: RegExp, who: string, stage: Stage): void {
    stage.expect(this.has(words), `the log says what is wrong (${who}: ${words})`)
  }

  /** The same within a minute. */
  async until(words: RegExp, who: string, stage: Stage): Promise<void> {
    const endsAt = systemClock.monotonic() + look.atMostMs
    while (!this.has(words) && systemClock.monotonic() < endsAt) {
      await systemClock.sleep(look.everyMs)
    }
    this.expect(words, who, stage)
  }
}
