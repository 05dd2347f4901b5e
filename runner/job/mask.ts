/**
 * Masks secrets in a stream: every run of bytes that belongs to a secret becomes `***`. The result
 * does not depend on how the stream was cut into chunks. Aho, Corasick, "Efficient string matching"
 * (CACM 1975): one table look-up a byte, whatever the number of secrets.
 */

const star = Buffer.alloc(3, '*')
const nothing = Buffer.alloc(0)

interface Run {
  start: number
  end: number
}

export class Masker {
  readonly #automaton: Automaton
  #state = 0
  /** Bytes not given out yet: they may be the start of a secret. At most the longest secret - 1. */
  #held: Buffer = nothing
  /** Runs found in the held bytes. */
  #runs: Run[] = []
  /** Up to here (counted from the first held byte) all is covered by a `***` given out; -1: none. */
  #covered = -1

  private constructor(automaton: Automaton) {
    this.#automaton = automaton
  }

  /** `secrets` are the very sequences to mask, in all their forms (see secrets.ts). */
  static of(secrets: readonly string[]): Masker {
    return new Masker(build(secrets.filter((s) => s !== '').map((s) => Buffer.from(s))))
  }

  /** The part of the stream that is certain after these bytes. */
  push(bytes: Uint8Array): Uint8Array {
    const { next, classes, width, longest, depth } = this.#automaton
    const buffer = Buffer.concat([this.#held, bytes])
    let state = this.#state
    for (let at = this.#held.length; at < buffer.length; at++) {
      state = next[state * width + (classes[buffer[at] as number] as number)] as number
      const length = longest[state] as number
      if (length > 0) this.#found(at + 1 - length, at + 1)
    }
    this.#state = state
    return this.#give(buffer, buffer.length - (depth[state] as number))
  }

  /** The rest. The masker is as new afterwards. */
  end(): Uint8Array {
    const rest = this.#give(this.#held, this.#held.length)
    this.#state = 0
    this.#covered = -1
    return rest
  }

  /** A whole text at once, beside the stream. */
  text(text: string): string {
    const masker = new Masker(this.#automaton)
    return Buffer.concat([masker.push(Buffer.from(text)), masker.end()]).toString()
  }

  #found(start: number, end: number): void {
    let from = start
    for (let last = this.#runs.at(-1); last && last.end >= from; last = this.#runs.at(-1)) {
      from = Math.min(from, last.start)
      this.#runs.pop()
    }
    this.#runs.push({ start: from, end })
  }

  /** Gives out the first `safe` bytes: no secret that is still to be completed starts before. */
  #give(buffer: Buffer, safe: number): Uint8Array {
    const parts: Uint8Array[] = []
    let at = Math.max(0, this.#covered)
    let used = 0
    for (const { start, end } of this.#runs) {
      if (start >= safe) break
      used += 1
      if (start > this.#covered) parts.push(buffer.subarray(at, start), star)
      this.#covered = Math.max(this.#covered, end)
      at = this.#covered
    }
    if (at < safe) parts.push(buffer.subarray(at, safe))
    this.#runs = this.#runs
      .slice(used)
      .map((run) => ({ start: run.start - safe, end: run.end - safe }))
    this.#covered = Math.max(-1, this.#covered - safe)
    this.#held = Buffer.from(buffer.subarray(safe))
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
  }
}

interface Automaton {
  /** Byte -> column of the table; 0 for bytes that are in no secret. */
  classes: Uint8Array
  width: number
  next: Int32Array
  /** State -> length of the longest secret that ends here, 0 for none. */
  longest: Int32Array
  /** State -> number of bytes that may be the start of a secret. */
  depth: Int32Array
}

function build(secrets: readonly Buffer[]): Automaton {
  const classes = new Uint8Array(256)
  let width = 1
  for (const secret of secrets) {
    for (const byte of secret) classes[byte] ||= width++
  }
  const size = secrets.reduce((sum, secret) => sum + secret.length, 1)
  const next = new Int32Array(size * width)
  const longest = new Int32Array(size)
  const depth = new Int32Array(size)
  let states = 1
  for (const secret of secrets) {
    let state = 0
    for (const byte of secret) {
      const edge = state * width + (classes[byte] as number)
      if (next[edge] === 0) {
        depth[states] = (depth[state] as number) + 1
        next[edge] = states++
      }
      state = next[edge] as number
    }
    longest[state] = secret.length
  }
  connect({ classes, width, next, longest, depth })
  return { classes, width, next, longest, depth }
}

/** Breadth first: where a state has no edge of its own it goes where its longest suffix goes. */
function connect({ width, next, longest }: Automaton): void {
  const suffix = new Int32Array(longest.length)
  const queue: number[] = [0]
  for (let read = 0; read < queue.length; read++) {
    const state = queue[read] as number
    const fallback = suffix[state] as number
    longest[state] ||= longest[fallback] as number
    for (let column = 1; column < width; column++) {
      const edge = state * width + column
      const target = next[edge] as number
      const detour = state === 0 ? 0 : (next[fallback * width + column] as number)
      if (target === 0) next[edge] = detour
      else {
        suffix[target] = detour
        queue.push(target)
      }
    }
  }
}
