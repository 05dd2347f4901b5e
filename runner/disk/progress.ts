/** Waiting until something has moved: the waiter then looks whether it was what it waits for. */
export class Progress {
  readonly #signal: AbortSignal
  #waiters: (() => void)[] = []

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => this.made(), { once: true })
  }

  /** Resolves at the next `made`. @throws the signal's reason */
  async next(): Promise<void> {
    this.#signal.throwIfAborted()
    await new Promise<void>((resolve) => this.#waiters.push(resolve))
    this.#signal.throwIfAborted()
  }

  made(): void {
    for (const wake of this.#waiters.splice(0)) wake()
  }
}
