/** Says why a task that is followed does not go on, once that has taken a while. */
import { type Clock, systemClock } from '../../lib/clock.ts'
import type { Client } from '../client.ts'
import { explanationOf, sentence } from './explain.ts'
import type { Task } from './find.ts'

/** In these nothing is to be seen, and a person asks. */
const standing = ['waiting', 'starting', 'unreachable', 'stopping']

/** A status is bearable for so long without a reason, ms. */
const patienceMs = 3_000

export class Why {
  readonly #client: Client
  readonly #task: Task
  readonly #say: (line: string) => void
  readonly #clock: Clock
  #pending = new AbortController()

  constructor(client: Client, task: Task, say: (line: string) => void, clock = systemClock) {
    this.#client = client
    this.#task = task
    this.#say = say
    this.#clock = clock
  }

  /** The task has this status now. */
  follow(status: string): void {
    this.#pending.abort()
    this.#pending = new AbortController()
    if (standing.includes(status)) void this.#explain(status, this.#pending.signal)
  }

  [Symbol.dispose](): void {
    this.#pending.abort()
  }

  /** Of no importance to what is followed: a server that does not answer is no failure here. */
  async #explain(status: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.sleep(patienceMs, signal)
      const explanation = await explanationOf(this.#client, this.#task)
      const [first] = explanation.findings
      if (signal.aborted || first === undefined || explanation.status !== status) return
      this.#say(`task ${this.#task.id}: ${status}: ${sentence(first)}`)
    } catch {}
  }
}
