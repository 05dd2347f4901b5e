import { decodeRecord } from './collector.ts'

const newline = 10

/** So many steps are kept, however long a runner is away: 40 KB of memory. */
const most = 1024

/** Records up to `end`, which follow those of the step before, and the lines that end in them. */
interface Step {
  end: number
  records: number
  lines: number
}

/**
 * How many lines of a log wait for their acknowledgement, for a person who asks. Exact while no more than
 * a thousand records wait. Of more, neighbours are counted as one: a few lines too many are told when some
 * of them are acknowledged and some are not, which is nothing among a hundred thousand.
 */
export class LineCount {
  #steps: Step[] = []
  /** Records that one step takes. */
  #stride = 1
  /** Seq of the first record that is counted. */
  #first: number

  constructor(first: number) {
    this.#first = first
  }

  /** Takes the next record, `seq`. What comes back as a file has no lines. */
  add(seq: number, payload: Uint8Array): void {
    const step = { end: seq + 1, records: 1, lines: linesIn(payload) }
    const last = this.#steps.at(-1)
    if (last !== undefined && last.records < this.#stride) {
      this.#steps.splice(-1, 1, sumOf(last, step))
    } else this.#steps.push(step)
    if (this.#steps.length <= most) return
    this.#steps = halved(this.#steps)
    this.#stride *= 2
  }

  /** Lines in the records from `seq` on; undefined if those are no longer, or were never, counted. */
  from(seq: number): number | undefined {
    if (seq < this.#first) return undefined
    return this.#steps.reduce((sum, { end, lines }) => (end > seq ? sum + lines : sum), 0)
  }

  /** Nobody will ask for what lies below `seq`. */
  drop(seq: number): void {
    const kept = this.#steps.findIndex(({ end }) => end > seq)
    this.#steps.splice(0, kept === -1 ? this.#steps.length : kept)
    this.#first = Math.max(this.#first, seq)
    if (this.#steps.length === 0) this.#stride = 1
  }
}

function halved(steps: readonly Step[]): Step[] {
  const half: Step[] = []
  for (let at = 0; at < steps.length; at += 2) {
    const [one, other] = steps.slice(at, at + 2) as [Step, Step?]
    half.push(other === undefined ? one : sumOf(one, other))
  }
  return half
}

function sumOf(one: Step, next: Step): Step {
  const { records, lines } = one
  return { end: next.end, records: records + next.records, lines: lines + next.lines }
}

function linesIn(payload: Uint8Array): number {
  const { part, bytes } = decodeRecord(payload)
  if (part !== undefined) return 0
  let lines = 0
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) lines += 1
  return lines
}
