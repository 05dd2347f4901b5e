/**
 * The ways in which a stream can be read: a secret in a URL is the secret once its `%..` are decoded,
 * whichever characters that encoder wrote so. Each reading hands the bytes that it understands to the
 * next one; an escape that is none is read as it stands.
 */
import type { Reader } from './search.ts'

const code = (text: string) => text.charCodeAt(0)

/** Byte -> 1 if it is one of these characters. */
export function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const byte of Buffer.from(characters)) table[byte] = 1
  return table
}

/** `%41` and `%c3`, as in URLs and forms. */
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

const controls = new Map(
  [...'abefnrtv'].map((letter, at) => [code(letter), [7, 8, 27, 12, 10, 13, 9, 11][at] as number]),
)

/**
 * `\n`, `\"`, `\u00e9`, `\xc3`, `\303` and any other character after a backslash: JSON, Python, C and
 * the shell write so.
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
        this.#high = 0
        return this.#next.take(byte, start, end)
      }
      this.#start = start
    } else if (this.#escape.length > 1 && !isDigitOf(this.#escape[1] as number, byte)) {
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
    this.#high = 0
    this.#next.take(single(first, rest), this.#start, end)
  }

  /** A UTF-16 unit; two of them may be one character. */
  #unit(unit: number, end: number): void {
    const low = unit >= 0xdc00 && unit < 0xe000 && this.#high > 0
    const start = low ? this.#highStart : this.#start
    const character = low ? String.fromCharCode(this.#high, unit) : String.fromCharCode(unit)
    this.#high = unit >= 0xd800 && unit < 0xdc00 ? unit : 0
    this.#highStart = this.#start
    if (this.#high > 0) return
    for (const byte of Buffer.from(character)) this.#next.take(byte, start, end)
  }
}

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

function asItStands(next: Reader, bytes: readonly number[], start: number): void {
  for (const [at, byte] of bytes.entries()) next.take(byte, start + at, start + at + 1)
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

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

function hexNumber(digits: readonly number[]): number {
  return digits.reduce((number, digit) => number * 16 + hexDigit(digit), 0)
}
