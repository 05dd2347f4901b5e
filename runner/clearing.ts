/** Clears the cache when the server asks for it; what a task uses then, once that has ended. */
import type { Welcome } from '../broker/messages.ts'
import { lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { oneAtATime } from '../lib/one-at-a-time.ts'
import type { Cleared, WhatToClear } from './job/clear-cache.ts'

export type ClearCache = (what: WhatToClear) => Promise<Cleared>

type Wish = NonNullable<Welcome['clear_cache']>

export interface ClearingContext {
  clearCache: ClearCache
  /** The server is to be told that `cleared` has changed. */
  onCleared(): void
  log: Log
}

export class Clearing {
  /** The last wish that was done. A new process knows of none, and does it again. */
  cleared: number | undefined
  readonly #context: ClearingContext
  /** Looks again at what is left; a task that has ended is a reason. */
  readonly look: () => void
  #wish: Wish | undefined
  /** In use at the last look; undefined: all that there is. */
  #left: readonly string[] | undefined
  #removed = 0

  constructor(context: ClearingContext) {
    this.#context = context
    this.look = oneAtATime(() => this.#pass())
  }

  /** Each welcome says it until the server knows that it is done. */
  want(wish: Wish): void {
    if (wish.request === this.#wish?.request || wish.request === this.cleared) return
    this.#wish = wish
    this.#left = undefined
    this.#removed = 0
    this.look()
  }

  async #pass(): Promise<void> {
    const wish = this.#wish
    if (wish === undefined) return
    const { clearCache, onCleared, log } = this.#context
    try {
      const { removed, busy } = await clearCache({ project: wish.project, trees: this.#left })
      // Another wish came meanwhile, and with it another look.
      if (wish !== this.#wish) return
      this.#left = busy
      this.#removed += removed
      if (busy.length > 0) return
    } catch (error) {
      log.warn('cache not cleared; tried again after the next task', { reason: lineOf(error) })
      return
    }
    log.info('cache cleared', { removed: this.#removed, project: wish.project })
    this.#wish = undefined
    this.cleared = wish.request
    onCleared()
  }
}
