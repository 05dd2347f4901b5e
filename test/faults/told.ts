/** The receiver of the completion webhooks: knows which tasks are over, and by how many ids that was said. */
import { systemClock } from '../../lib/clock.ts'
import { answers, Receiver } from '../kit/receiver.ts'

export class Told {
  readonly #receiver: Receiver
  readonly #ids = new Map<number, Set<string>>()
  #read = 0

  private constructor(receiver: Receiver) {
    this.#receiver = receiver
  }

  static async start(): Promise<Told> {
    return new Told(await Receiver.start())
  }

  get url(): string {
    return this.#receiver.url
  }

  /** Requests, repetitions included. */
  get requests(): number {
    return this.#receiver.received.length
  }

  /** The `webhook-id`s by which the end of each task was told. */
  get ids(): ReadonlyMap<number, ReadonlySet<string>> {
    for (const { body, headers } of this.#receiver.received.slice(this.#read)) {
      const { task_id: task } = JSON.parse(body).data
      this.#ids.set(task, (this.#ids.get(task) ?? new Set()).add(String(headers['webhook-id'])))
    }
    this.#read = this.#receiver.received.length
    return this.#ids
  }

  /** Answers the next one with 503. Resolves once that one has come again. */
  async refuseOne(): Promise<void> {
    const before = this.requests
    this.#receiver.answer(answers.status(503), answers.status(204))
    const [refused] = (await this.#receiver.has(before + 1)).slice(before)
    const id = refused?.headers['webhook-id']
    for (let count = before + 2; ; count += 1) {
      const came = (await this.#receiver.has(count))[count - 1]
      if (came?.headers['webhook-id'] === id) return
    }
  }

  /** Resolves with true once so many tasks are over; with false if that takes longer than `ms`. */
  tasks(count: number, ms?: number): Promise<boolean> {
    return this.until((ids) => ids.size >= count, ms)
  }

  /** The same for whatever else may be so of the ends that were told. */
  async until(
    isSo: (ids: Told['ids']) => boolean,
    ms = Number.POSITIVE_INFINITY,
  ): Promise<boolean> {
    const late = new AbortController()
    const tooLate = Number.isFinite(ms)
      ? systemClock.sleep(ms, late.signal).then(
          () => 'late' as const,
          () => 'late' as const,
        )
      : new Promise<never>(() => {})
    try {
      while (!isSo(this.ids)) {
        const more = this.#receiver.has(this.#read + 1)
        if ((await Promise.race([more, tooLate])) === 'late') return isSo(this.ids)
      }
      return true
    } finally {
      late.abort()
    }
  }

  close(): Promise<void> {
    return this.#receiver.close()
  }
}
