/**
 * Pages of a log by the numbers of its lines, wherever in it. Where each stored piece begins, in lines,
 * is counted when a log is first looked at and remembered for the logs looked at last: one number a piece
 * (64 KB of log), so a million lines are a few thousand numbers.
 */
import { setImmediate } from 'node:timers/promises'
import { type LogPiece, readLines, readLog } from '../store/chunks.ts'
import type { Knex } from '../store/owned.ts'
import { type Counting, LogTallies } from './tally.ts'

export interface LinePage {
  attempt: number
  /** Number of the first line of this page; lines count from 0. */
  from: number
  /** Lines that there are; the last may still grow. */
  total: number
  /** Seq of the last piece that was counted; -1 = none. A live view goes on after it. */
  seq: number
  /** The last line of all has not ended: what comes next belongs to it. */
  open: boolean
  lines: { at: number; line: string }[]
}

export interface PageWish {
  task: number
  attempt: number
  /** Negative = so many before the end. */
  from: number
  count: number
}

interface Index {
  /** Newlines before each piece, by its seq, and as the last one of all pieces. */
  before: number[]
  /** Whether the log so far ends in the middle of a line. */
  open: boolean
}

const counting: Counting<Index> = {
  nothing: () => ({ before: [0], open: false }),
  copy: ({ before, open }) => ({ before: [...before], open }),
  add(index, { seq, bytes }) {
    const { before } = index
    // What is missing between two pieces of a log are files.
    while (before.length <= seq) before.push(before.at(-1) as number)
    before.push((before.at(-1) as number) + newlinesIn(bytes))
    if (bytes.length > 0) index.open = bytes.at(-1) !== newline
  },
}

/** A page shows no more of a line, in UTF-16 units. */
const longestLine = 20_000

export class LogLines {
  readonly #db: Knex
  readonly #indexes: LogTallies<Index>

  constructor(db: Knex) {
    this.#db = db
    this.#indexes = new LogTallies(db, counting)
  }

  async page({ task, attempt, from, count }: PageWish): Promise<LinePage> {
    const { count: index, seq } = await this.#indexes.of(task, attempt)
    const total = totalOf(index)
    const first = from < 0 ? Math.max(0, total + from) : Math.min(from, total)
    const lines: LinePage['lines'] = []
    for await (const { number, at, line } of this.#linesFrom(task, attempt, index, first)) {
      if (number >= Math.min(first + count, total)) break
      lines.push({ at, line: line.slice(0, longestLine) })
    }
    return { attempt, from: first, total, seq, open: index.open, lines }
  }

  /** Numbers of the lines that hold `text`, whatever its case; at most `most`. */
  async find(task: number, attempt: number, text: string, most: number): Promise<number[]> {
    const { before } = (await this.#indexes.of(task, attempt)).count
    const wanted = text.toLowerCase()
    const decoder = new TextDecoder()
    const found: number[] = []
    let [line, number] = ['', 0]
    const look = () => {
      const plain = line.includes('\x1b') ? line.replace(escapes, '') : line
      if (plain.toLowerCase().includes(wanted)) found.push(number)
    }
    for await (const { bytes } of until(readLog(this.#db, task, attempt), before.length - 1)) {
      const [head = '', ...rest] = decoder.decode(bytes, { stream: true }).split('\n')
      line += head
      for (const next of rest) {
        look()
        if (found.length === most) return found
        line = next
        number += 1
      }
      // Others have their turn: a long log takes a second of computing.
      await setImmediate()
    }
    if (line !== '') look()
    return found
  }

  async *#linesFrom(task: number, attempt: number, { before }: Index, first: number) {
    const seq = pieceOf(before, first)
    let number = before[seq] ?? 0
    const pieces = until(readLog(this.#db, task, attempt, seq), before.length - 1)
    for await (const { at, line } of readLines(pieces)) {
      if (number >= first) yield { number, at, line }
      number += 1
    }
  }
}

const newline = 10
// What colours a line is not what one searches for.
const escapes = /\x1b\[[0-9;:]*m/g

const totalOf = ({ before, open }: Index) => (before.at(-1) as number) + (open ? 1 : 0)

function newlinesIn(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count += 1
  return count
}

/** The piece in which line `number` begins: the one that holds the newline before it. */
function pieceOf(before: readonly number[], number: number): number {
  let [low, high] = [0, Math.max(0, before.length - 2)]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((before[middle] as number) < number) low = middle
    else high = middle - 1
  }
  return low
}

/** What came after the count belongs to a later page: its numbers would not agree with `total`. */
async function* until(pieces: AsyncIterable<LogPiece>, end: number): AsyncGenerator<LogPiece> {
  for await (const piece of pieces) {
    if (piece.seq >= end) return
    yield piece
  }
}
