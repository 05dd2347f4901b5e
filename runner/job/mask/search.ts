/**
 * Looks for words in what a reading makes of the stream, and tells where in the stream they lie. It
 * goes on where the plain look at the stream stood when the two began to differ.
 */
import type { Automaton } from './automaton.ts'

/** Takes bytes, each with the place in the stream that it was read from. */
export interface Reader {
  take(byte: number, start: number, end: number): void
  /** Offset in the stream of the first byte that may belong to something unfinished; else Infinity. */
  readonly pending: number
  /** Nothing that was taken waits for what comes. */
  readonly settled: boolean
  /** What went before does not belong to what comes. */
  reset(): void
}

export class Search implements Reader {
  readonly settled = true
  readonly #automaton: Automaton
  readonly #longest: Int32Array
  readonly #found: (start: number, end: number) => void
  /** Where the bytes since the beginning were read from, the last ones, as many as a word has. */
  readonly #starts: Float64Array
  readonly #wrap: number
  #count = 0
  /** Offset in the stream at which it began. */
  #origin = 0
  #state = 0
  /** All before this offset is given out, whatever it belongs to. */
  #given = 0

  /** @param longest which words to look for: one of the automaton's two tables */
  constructor(
    automaton: Automaton,
    longest: Int32Array,
    found: (start: number, end: number) => void,
  ) {
    this.#automaton = automaton
    this.#longest = longest
    this.#found = found
    const size = 2 ** Math.ceil(Math.log2(automaton.reach + 1))
    this.#starts = new Float64Array(size)
    this.#wrap = size - 1
  }

  get state(): number {
    return this.#state
  }

  /** How much of a word there is by now, in bytes. */
  get depth(): number {
    return this.#automaton.depth[this.#state] as number
  }

  /** Up to `offset` the stream was read as it stands, and led to `state`. */
  begin(state: number, offset: number): void {
    this.#given = 0
    this.#state = state
    this.#origin = offset
    this.#count = 0
  }

  take(byte: number, start: number, end: number): void {
    const { next, classes, width } = this.#automaton
    this.#starts[this.#count & this.#wrap] = start
    this.#count += 1
    this.#state = next[this.#state * width + (classes[byte] as number)] as number
    const length = this.#longest[this.#state] as number
    if (length > 0) this.#found(this.#startOf(length), end)
  }

  get pending(): number {
    return this.depth === 0 ? Number.POSITIVE_INFINITY : this.#startOf(this.depth)
  }

  /** What lies before `offset` is not held for the rest of its word; only the rest is part of it then. */
  give(offset: number): void {
    this.#given = offset
  }

  reset(): void {
    this.#state = 0
  }

  #startOf(bytesAgo: number): number {
    const before = bytesAgo - this.#count
    const start =
      before > 0
        ? this.#origin - before
        : (this.#starts[(this.#count - bytesAgo) & this.#wrap] as number)
    return Math.max(start, this.#given)
  }
}
