/**
 * Masks secrets in a stream: every run of bytes that belongs to a secret becomes `***`, also where it
 * is escaped or broken into lines. The result does not depend on how the stream was cut into chunks;
 * memory is bounded by the longest secret, whatever the stream.
 */
import { type Automaton, buildAutomaton } from './mask/automaton.ts'
import { BackslashReading } from './mask/backslash.ts'
import { tableOf } from './mask/bytes.ts'
import { PercentReading } from './mask/percent.ts'
import { type Reader, Search } from './mask/search.ts'
import { UnbrokenReading } from './mask/unbroken.ts'
import type { SecretForms } from './secrets.ts'

/** Where the readings may begin to differ from the stream as it stands. */
const percent = '%'
const backslash = '\\'
const gap = '\r\n"\''
const opening = tableOf(percent + backslash + gap)

const star = Buffer.alloc(3, '*')
const nothing = Buffer.alloc(0)

/** A part of the stream, by offsets from its beginning. */
interface Run {
  start: number
  end: number
}

/** A reading of the stream that is followed only while it differs from the plain one. */
interface Reading {
  /** The bytes at which it may begin to differ. */
  opens: Uint8Array
  first: Reader
  search: Search
  differs: boolean
}

export class Masker {
  readonly #automaton: Automaton
  readonly #readings: Reading[]
  /** The plain reading: where the automaton stands. */
  #state = 0
  /** Some reading differs from the plain one. */
  #differs = false
  /** Bytes not given out yet, since they may be the start of a secret. */
  #held: Buffer = nothing
  /** Offset of the first of them. */
  #given = 0
  /** What belongs to secrets, and is not given out yet. */
  #runs: Run[] = []
  /** All before this offset is covered by a `***` that was given out; -1: none was. */
  #covered = -1

  private constructor(automaton: Automaton) {
    this.#automaton = automaton
    this.#readings = readingsBy(automaton, (start, end) => this.#runs.push({ start, end }))
  }

  static of({ texts, base64 }: SecretForms): Masker {
    const bytes = (forms: readonly string[]) => forms.map((form) => Buffer.from(form))
    return new Masker(buildAutomaton(bytes(texts), bytes(base64)))
  }

  /** The part of the stream that is certain after these bytes. */
  push(bytes: Uint8Array): Uint8Array {
    const { next, classes, width, longest, depth } = this.#automaton
    const from = this.#given + this.#held.length
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number
      const before = this.#state
      this.#state = next[before * width + (classes[byte] as number)] as number
      const length = longest[this.#state] as number
      if (length > 0) this.#runs.push({ start: from + at + 1 - length, end: from + at + 1 })
      if (this.#differs || opening[byte] === 1) this.#read(byte, from + at, before)
    }
    const end = from + bytes.length
    const pending = this.#readings.map(({ differs, first }) => (differs ? first.pending : end))
    const safe = Math.min(end - (depth[this.#state] as number), ...pending)
    return this.#give(Buffer.concat([this.#held, bytes]), safe)
  }

  /** The rest. The masker is as new afterwards. */
  end(): Uint8Array {
    const rest = this.#give(this.#held, this.#given + this.#held.length)
    this.#state = 0
    this.#differs = false
    for (const reading of this.#readings) {
      reading.first.reset()
      reading.differs = false
    }
    this.#covered = -1
    return rest
  }

  /** A whole text at once, beside the stream. */
  text(text: string): string {
    const masker = new Masker(this.#automaton)
    return Buffer.concat([masker.push(Buffer.from(text)), masker.end()]).toString()
  }

  /** The other readings. One that has come to the same state as the plain one agrees from there on. */
  #read(byte: number, offset: number, before: number): void {
    this.#differs = false
    for (const reading of this.#readings) {
      const { opens, first, search } = reading
      if (!reading.differs) {
        if (opens[byte] === 0) continue
        first.reset()
        search.begin(before, offset)
      }
      first.take(byte, offset, offset + 1)
      reading.differs = !first.settled || search.state !== this.#state
      this.#differs ||= reading.differs
    }
  }

  /** Gives out what lies before `safe`: no secret that is still to be completed starts there. */
  #give(buffer: Buffer, safe: number): Uint8Array {
    const base = this.#given
    const parts: Uint8Array[] = []
    const runs = this.#runs.sort((a, b) => a.start - b.start)
    let at = Math.max(base, this.#covered)
    let used = 0
    for (const { start, end } of runs) {
      if (start >= safe) break
      used += 1
      if (start > this.#covered) parts.push(buffer.subarray(at - base, start - base), star)
      this.#covered = Math.max(this.#covered, end)
      at = Math.max(at, this.#covered)
    }
    if (at < safe) parts.push(buffer.subarray(at - base, safe - base))
    this.#runs = runs.slice(used)
    this.#held = Buffer.from(buffer.subarray(safe - base))
    this.#given = safe
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
  }
}

/** With either kind of escape decoded, and of what may be broken into lines also over their ends. */
function readingsBy(automaton: Automaton, found: (start: number, end: number) => void): Reading[] {
  const whole = () => new Search(automaton, automaton.longest, found)
  const unbroken = new Search(automaton, automaton.longestBroken, found)
  const reading = (opens: string, search: Search, first: Reader) => {
    return { opens: tableOf(opens), first, search, differs: false }
  }
  const [url, text] = [whole(), whole()]
  return [
    reading(percent, url, new PercentReading(url)),
    reading(backslash, text, new BackslashReading(text)),
    reading(backslash + gap, unbroken, new BackslashReading(new UnbrokenReading(unbroken))),
  ]
}
