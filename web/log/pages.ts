/** The lines of a log that are held: pages around what is looked at, and the end, which grows. Pure but for `load`. */
import { type Look, parseLine } from './ansi.ts'

export interface Line {
  /** ISO 8601, by the runner's clock. */
  time: string
  output: string
}

export interface LinePage {
  attempt: number
  from: number
  total: number
  last_event_id: string
  /** The last line has not ended. */
  open: boolean
  lines: Line[]
}

export const pageLines = 500
/** About 10 MB of a log with lines of 500 characters. */
const keptPages = 40

export class LogPages {
  #pages = new Map<number, Line[]>()
  #looks = new WeakMap<Line[], Look[]>()
  #loading = new Set<number>()
  /** Pages whose lines the server does not have: asked for again only after news. */
  #hollow = new Set<number>()
  readonly #load: (from: number) => Promise<LinePage>
  readonly #changed: () => void
  /** Whether the last line may go on. */
  #open = false
  total = 0

  /** @param changed called after each change of what is held */
  constructor(load: (from: number) => Promise<LinePage>, changed: () => void) {
    this.#load = load
    this.#changed = changed
  }

  /** The first answer: how many lines there are, and the last of them. */
  begin({ from, total, lines, open }: LinePage): void {
    this.total = total
    this.#open = open
    for (const [index, line] of lines.entries()) this.#put(from + index, line)
    this.#changed()
  }

  /** A line, or undefined while it is on its way: then its page is asked for. */
  line(index: number): Line | undefined {
    const page = Math.floor(index / pageLines)
    const line = this.#pages.get(page)?.[index % pageLines]
    if (line === undefined) void this.#fetch(page)
    return line
  }

  /** With which look the line begins: as the line before it ended, inside its page. */
  lookAt(index: number): Look {
    const lines = this.#pages.get(Math.floor(index / pageLines)) ?? []
    const looks = this.#looks.get(lines) ?? []
    this.#looks.set(lines, looks)
    for (let at = looks.length; at <= index % pageLines; at += 1) {
      const before = lines[at - 1]?.output
      looks[at] = before?.includes('\x1b')
        ? parseLine(before, looks[at - 1]).look
        : (looks[at - 1] ?? {})
    }
    return looks[index % pageLines] ?? {}
  }

  /** What the task has just printed. */
  append(output: string, time: string): void {
    if (output === '') return
    this.#hollow.clear()
    const [head = '', ...rest] = output.split('\n')
    // What follows the last newline is a line only once there is something of it.
    const added = rest.at(-1) === '' ? rest.slice(0, -1) : rest
    const last = this.#open ? this.#held(this.total - 1) : undefined
    if (last) last.output += head
    else this.#add({ time, output: head })
    for (const line of added) this.#add({ time, output: line })
    this.#open = !output.endsWith('\n')
    this.#changed()
  }

  #add(line: Line): void {
    this.#put(this.total, line)
    this.total += 1
  }

  #held(index: number): Line | undefined {
    return this.#pages.get(Math.floor(index / pageLines))?.[index % pageLines]
  }

  #put(index: number, line: Line): void {
    const number = Math.floor(index / pageLines)
    const page = this.#pages.get(number) ?? []
    page[index % pageLines] = line
    this.#pages.set(number, page)
    if (this.#pages.size > keptPages) this.#dropOldest(number)
  }

  /** Pages are asked for again when they are looked at again. */
  #dropOldest(but: number): void {
    for (const number of this.#pages.keys()) {
      if (number === but || number === Math.floor((this.total - 1) / pageLines)) continue
      this.#pages.delete(number)
      return
    }
  }

  async #fetch(page: number): Promise<void> {
    if (this.#loading.has(page) || this.#hollow.has(page)) return
    this.#loading.add(page)
    try {
      const { from, lines } = await this.#load(page * pageLines)
      for (const [index, line] of lines.entries()) {
        // What is held of the end is newer than what was asked for.
        if (!this.#held(from + index)) this.#put(from + index, line)
      }
      if (lines.length < Math.min(pageLines, this.total - from)) this.#hollow.add(page)
      this.#changed()
    } catch {
      // Still not held, so it is asked for when it is drawn again.
    } finally {
      this.#loading.delete(page)
    }
  }
}
