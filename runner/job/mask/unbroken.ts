import { tableOf } from './bytes.ts'
import type { Reader } from './search.ts'

const breaks = tableOf('\r\n"\'')
const filling = tableOf('\r\n"\', \t')
/** A gap that is longer parts two texts. */
const longestGap = 64

/** One text over the ends of lines, and over those of strings in a list of lines: broken base64. */
export class UnbrokenReading implements Reader {
  readonly #next: Reader
  #gap = 0

  constructor(next: Reader) {
    this.#next = next
  }

  take(byte: number, start: number, end: number): void {
    if ((this.#gap > 0 ? filling : breaks)[byte] === 0) {
      this.#gap = 0
      this.#next.take(byte, start, end)
    } else if (++this.#gap > longestGap) this.#next.reset()
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
