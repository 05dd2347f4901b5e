/** So many at a time; who waits longest is next. */
export class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  async take(): Promise<void> {
    if (this.#free === 0) return await new Promise((resolve) => this.#waiting.push(resolve))
    this.#free -= 1
  }

  /** Gives back what was taken. */
  give(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}
