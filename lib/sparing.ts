/** What happens again and again is said once in a while, and then how often it happened. */
import type { Clock } from './clock.ts'

export interface SparingOptions {
  /** The same is said at most once in so many ms. */
  everyMs: number
  clock: Pick<Clock, 'monotonic'>
  /** Different things remembered at once: a flood of names must not fill the memory. */
  most?: number
}

export class Sparing {
  readonly #everyMs: number
  readonly #clock: SparingOptions['clock']
  readonly #most: number
  readonly #said = new Map<string, { at: number; unsaid: number }>()

  constructor({ everyMs, clock, most = 1_000 }: SparingOptions) {
    this.#everyMs = everyMs
    this.#clock = clock
    this.#most = most
  }

  /** It happened. @returns how often since it was said last, this time included; 0 = do not say it now */
  happened(what: string): number {
    const now = this.#clock.monotonic()
    const known = this.#said.get(what)
    if (known !== undefined && now - known.at < this.#everyMs) {
      known.unsaid += 1
      return 0
    }
    this.#said.delete(what)
    this.#said.set(what, { at: now, unsaid: 0 })
    if (this.#said.size > this.#most) this.#said.delete(this.#said.keys().next().value as string)
    return (known?.unsaid ?? 0) + 1
  }
}
