/** LIFO cleanup; Node 20 has no AsyncDisposableStack. Runs everything, reports the first failure. */
export class CleanupStack {
  #steps: (() => unknown)[] = []
  #closing: Promise<void> | undefined

  /** Runs `step` at close, before everything deferred earlier. */
  defer(step: () => unknown): void {
    this.#steps.push(step)
  }

  /** Defers `resource.close()` and hands the resource back. */
  use<T extends { close(): unknown }>(resource: T): T {
    this.defer(() => resource.close())
    return resource
  }

  close(): Promise<void> {
    this.#closing ??= this.#run()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run(): Promise<void> {
    const failures: unknown[] = []
    for (const step of this.#steps.reverse()) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
