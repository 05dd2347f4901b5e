import { tableOf } from './bytes.ts'
import type { Reader, Search } from './search.ts'

const breaks = tableOf('\r\n"\'')
const filling = tableOf('\r\n"\', \t')
/** A gap that is longer parts two texts. */
const longestGap = 64
/**
 * With fewer characters before its gap the beginning of a text is given out: nearly every line ends with
 * what some base64 could begin with, and a line that waits for the next one is a live log that lags.
 */
const fewest = 4

/** One text over the ends of lines, and over those of strings in a list of lines: broken base64. */
export class UnbrokenReading implements Reader {
  readonly #next: Search
  #gap = 0
  /** What went before this gap is given out. */
  #short = false

  constructor(next: Search) {
    this.#next = next
  }

  take(byte: number, start: number, end: number): void {
    if ((this.#gap > 0 ? filling : breaks)[byte] === 0) {
      this.#gap = 0
      this.#next.take(byte, start, end)
      return
    }
    if (this.#gap === 0) this.#short = this.#next.depth < fewest
    if (this.#short) this.#next.give(end)
    if (++this.#gap > longestGap) this.#next.reset()
  }

  /** In a gap after nothing that could be continued, too. */
  get settled(): boolean {
    return this.#gap === 0 || this.#next.pending === Number.POSITIVE_INFINITY
  }

  get pending(): number {
    return this.#next.pending
  }

  reset(): void {
    this.#gap = 0
    this.#next.reset()
  }
}
