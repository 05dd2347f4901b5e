/** What of a log is folded away: its parts by the server's marks, and which line each row shows. Pure. */

/** Where a part of a log begins that its tool calls by a name. */
export interface Mark {
  kind: string
  /** Number of the line, from 0. */
  line: number
  time: string
}

/** From the line after its mark up to `end`; so its mark stays to be seen. */
export interface Section {
  mark: Mark
  /** The line after its last one; undefined = the log ends in it. */
  end: number | undefined
  /** When it was over. */
  until: string | undefined
}

/** They end what was before, and nothing is folded below them. */
const bare = new Set(['prepare', 'head'])
/** Parts of parts. */
const inner = new Set(['task', 'resource'])
const levelOf = ({ kind }: Mark) => (inner.has(kind) ? 1 : 0)

/** A part goes on to the next mark of its kind of part, or of a larger one; some are one line alone. */
export function sectionsOf(marks: readonly Mark[]): Section[] {
  const next: (Mark | undefined)[] = [undefined, undefined]
  const sections: Section[] = []
  for (const mark of marks.toReversed()) {
    if (mark.kind === 'planned') continue
    const level = levelOf(mark)
    const after = level === 0 ? next[0] : next[1]
    const alone = after?.line === mark.line + 1
    if (!alone && !bare.has(mark.kind))
      sections.push({ mark, end: after?.line, until: after?.time })
    next[1] = mark
    if (level === 0) next[0] = mark
  }
  return sections.reverse()
}

/** Lines that are not shown, from `start` up to `end`. */
interface Gap {
  start: number
  end: number
  /** Lines that are not shown before it. */
  before: number
}

/** Which lines are rows, with the parts that begin at these lines folded. */
export class Rows {
  readonly #gaps: Gap[]
  /** How many there are. */
  readonly total: number

  constructor(sections: readonly Section[], folded: ReadonlySet<number>, lines: number) {
    this.#gaps = []
    let hidden = 0
    let shownFrom = 0
    for (const { mark, end = lines } of sections) {
      if (!folded.has(mark.line) || mark.line < shownFrom || end <= mark.line + 1) continue
      this.#gaps.push({ start: mark.line + 1, end, before: hidden })
      hidden += end - mark.line - 1
      shownFrom = end
    }
    this.total = lines - hidden
  }

  lineOf(row: number): number {
    const gap = this.#last(({ start, before }) => start - before <= row)
    return gap ? row + gap.before + gap.end - gap.start : row
  }

  /** Of a line that is folded away: the row of the mark that hides it. */
  rowOf(line: number): number {
    const gap = this.#last(({ start }) => start <= line)
    if (!gap) return line
    if (line < gap.end) return gap.start - 1 - gap.before
    return line - gap.before - (gap.end - gap.start)
  }

  #last(holds: (gap: Gap) => boolean): Gap | undefined {
    let [low, high] = [0, this.#gaps.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (holds(this.#gaps[middle] as Gap)) low = middle + 1
      else high = middle
    }
    return this.#gaps[low - 1]
  }
}

/** The folded parts without those that hide `line`. */
export function unfolded(
  sections: readonly Section[],
  folded: ReadonlySet<number>,
  line: number,
): Set<number> {
  const hiding = sections.filter(
    ({ mark, end = Number.POSITIVE_INFINITY }) => mark.line < line && line < end,
  )
  const all = new Set(folded)
  for (const { mark } of hiding) all.delete(mark.line)
  return all
}
