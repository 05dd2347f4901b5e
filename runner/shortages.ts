/** Why the disk has no room for another task: each cause under a name of its own, and one is told. */
export class Shortages {
  readonly #onChange: (reason: string | null) => void
  readonly #causes = new Map<string, string>()
  #told: string | null = null

  /** @param onChange hears the reason that counts now; null = there is room */
  constructor(onChange: (reason: string | null) => void) {
    this.#onChange = onChange
  }

  /** @param reason one line for a person; undefined = it is over */
  set(cause: string, reason: string | undefined): void {
    if (reason === undefined) this.#causes.delete(cause)
    else this.#causes.set(cause, reason)
    const [first = null] = this.#causes.values()
    if (first === this.#told) return
    this.#told = first
    this.#onChange(first)
  }
}
