import { asItStands, code, hexDigit, hexNumber } from './bytes.ts'
import type { Reader } from './search.ts'

/** Length of `\ud83d`. */
const halfLength = 6
const controls = new Map(
  [...'abefnrtv'].map((letter, at) => [code(letter), [7, 8, 27, 12, 10, 13, 9, 11][at] as number]),
)

/**
 * `\n`, `\"`, `\u00e9`, `\xc3`, `\303` and any other character after a backslash: JSON, Python, C and
 * the shell write so. What is decoded goes to the next reader.
 */
export class BackslashReading implements Reader {
  readonly #next: Reader
  #start = 0
  /** What has come of an escape, the backslash included. */
  #escape: number[] = []
  /** The first half of a character beyond U+FFFF, and where it stood; 0: none. */
  #high = 0
  #highStart = 0

  constructor(next: Reader) {
    this.#next = next
  }

  take(byte: number, start: number, end: number): void {
    if (this.#escape.length === 0) {
      if (byte !== code('\\')) {
        this.#endHalf()
        return this.#next.take(byte, start, end)
      }
      this.#start = start
    } else if (this.#escape.length > 1 && !isDigitOf(this.#escape[1] as number, byte)) {
      this.#endHalf()
      asItStands(this.#next, this.#escape.slice(1), this.#start + 1)
      this.#escape = []
      return this.take(byte, start, end)
    }
    this.#escape.push(byte)
    if (this.#escape.length < 2 || this.#escape.length < lengthOf(this.#escape[1] as number)) return
    const sequence = this.#escape
    this.#escape = []
    this.#decode(sequence, end)
  }

  get settled(): boolean {
    return this.#escape.length === 0 && this.#high === 0 && this.#next.settled
  }

  get pending(): number {
    const start = this.#escape.length > 0 ? this.#start : Number.POSITIVE_INFINITY
    const high = this.#high > 0 ? this.#highStart : Number.POSITIVE_INFINITY
    return Math.min(start, high, this.#next.pending)
  }

  reset(): void {
    this.#escape = []
    this.#high = 0
    this.#next.reset()
  }

  #decode(sequence: readonly number[], end: number): void {
    const [, first = 0, ...rest] = sequence
    if (first === code('u')) return this.#unit(hexNumber(rest), end)
    this.#endHalf()
    this.#next.take(single(first, rest), this.#start, end)
  }

  /** A UTF-16 unit; two of them may be one character. */
  #unit(unit: number, end: number): void {
    const high = this.#high
    if (high > 0 && unit >= 0xdc00 && unit < 0xe000) {
      this.#high = 0
      return this.#character(String.fromCharCode(high, unit), this.#highStart, end)
    }
    this.#endHalf()
    if (unit < 0xd800 || unit >= 0xdc00) {
      return this.#character(String.fromCharCode(unit), this.#start, end)
    }
    this.#high = unit
    this.#highStart = this.#start
  }

  /** A first half that no second one follows is U+FFFD. */
  #endHalf(): void {
    if (this.#high === 0) return
    this.#high = 0
    this.#character('\ufffd', this.#highStart, this.#highStart + halfLength)
  }

  #character(character: string, start: number, end: number): void {
    for (const byte of Buffer.from(character)) this.#next.take(byte, start, end)
  }
}

/** Length of an escape by its first character, the backslash included. */
function lengthOf(first: number): number {
  if (first === code('u')) return 6
  return first === code('x') || isOctal(first) ? 4 : 2
}

function isDigitOf(first: number, byte: number): boolean {
  return isOctal(first) ? isOctal(byte) : hexDigit(byte) >= 0
}

function single(first: number, rest: readonly number[]): number {
  if (first === code('x')) return hexNumber(rest)
  if (isOctal(first)) return Number.parseInt(String.fromCharCode(first, ...rest), 8) & 0xff
  return controls.get(first) ?? first
}

function isOctal(byte: number): boolean {
  return byte >= 0x30 && byte < 0x38
}
