/** What came to pass in one run: told line by line if somebody listens, counted, and judged. */
import type { Timeline } from '../kit/timeline.ts'

export class Story {
  /** The first thing that must never happen. */
  violation: string | undefined
  readonly counts = new Map<string, number>()
  readonly #timeline: Timeline
  readonly #tell: ((line: string) => void) | undefined

  constructor(timeline: Timeline, tell: ((line: string) => void) | undefined) {
    this.#timeline = timeline
    this.#tell = tell
  }

  get told(): boolean {
    return this.#tell !== undefined
  }

  /** @param line computed only if somebody listens */
  note(line: () => string): void {
    this.#tell?.(`${this.#timeline.now.toFixed(3).padStart(12)}  ${line()}`)
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  /** Counts it and notes it. */
  happens(what: string, where: string): void {
    this.count(what)
    this.note(() => `${where}: ${what}`)
  }

  fail(what: string): void {
    this.violation ??= what
    this.note(() => `VIOLATION: ${what}`)
  }
}
