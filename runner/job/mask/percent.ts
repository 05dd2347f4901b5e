import { asItStands, code, hexDigit, hexNumber } from './bytes.ts'
import type { Reader } from './search.ts'

/**
 * `%41` and `%c3`, as in URLs and forms: a secret in a URL is the secret once these are decoded, whichever
 * of its characters an encoder wrote so. What is decoded goes to the next reader.
 */
export class PercentReading implements Reader {
  readonly #next: Reader
  #start = 0
  /** What has come of an escape, `%` included. */
  #escape: number[] = []

  constructor(next: Reader) {
    this.#next = next
  }

  take(byte: number, start: number, end: number): void {
    if (this.#escape.length === 0 && byte !== code('%')) return this.#next.take(byte, start, end)
    if (this.#escape.length === 0) this.#start = start
    else if (hexDigit(byte) < 0) {
      asItStands(this.#next, this.#escape, this.#start)
      this.#escape = []
      return this.take(byte, start, end)
    }
    this.#escape.push(byte)
    if (this.#escape.length < 3) return
    this.#next.take(hexNumber(this.#escape.slice(1)), this.#start, end)
    this.#escape = []
  }

  get settled(): boolean {
    return this.#escape.length === 0 && this.#next.settled
  }

  get pending(): number {
    const start = this.#escape.length > 0 ? this.#start : Number.POSITIVE_INFINITY
    return Math.min(start, this.#next.pending)
  }

  reset(): void {
    this.#escape = []
    this.#next.reset()
  }
}
