/**
 * Jobs read ahead, while their offers are on the way and the server has nothing to do: a claim is then
 * answered as soon as it is committed. They hold secrets, so none is kept for long.
 */
import type { Job } from '../../broker/job.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Changes } from '../store/changes.ts'

export interface JobsAheadContext {
  changes: Changes
  readJob(task: number, attempt: number): Promise<Job>
  clock: Clock
  signal: AbortSignal
}

/** In memory at most. */
const most = 64
/** An offer that is not claimed by then is claimed much later, ms. */
const forgetMs = 2_000

interface Ahead {
  job: Promise<Job>
  /** When it is forgotten, monotonic. */
  until: number
}

export class JobsAhead {
  readonly #context: JobsAheadContext
  /** Read, or being read; the oldest first. */
  readonly #jobs = new Map<string, Ahead>()
  #forgetting = false

  constructor(context: JobsAheadContext) {
    const { changes, signal } = context
    this.#context = context
    changes.listen((change) => {
      if (change.kind === 'offered') this.#readLater(change.task, change.attempt)
    }, signal)
  }

  /** The job, read ahead or now. @throws AppError `not_found` if something that it needs is gone */
  take(task: number, attempt: number): Promise<Job> {
    const key = `${task}.${attempt}`
    const job = this.#jobs.get(key)?.job ?? this.#context.readJob(task, attempt)
    this.#jobs.delete(key)
    return job
  }

  /** Resolves when none is being read. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#jobs.values()].map(({ job }) => job))
  }

  #readLater(task: number, attempt: number): void {
    if (this.#jobs.size >= most) return
    const { readJob, clock, signal } = this.#context
    // First the offer itself goes out.
    const job = clock.sleep(0).then(() => {
      signal.throwIfAborted()
      return readJob(task, attempt)
    })
    job.catch(() => {})
    this.#jobs.set(`${task}.${attempt}`, { job, until: clock.monotonic() + forgetMs })
    if (!this.#forgetting) void this.#forget().catch(() => {})
  }

  /** One sleep for all of them: a busy server reads hundreds ahead within the time of one. */
  async #forget(): Promise<void> {
    const { clock, signal } = this.#context
    this.#forgetting = true
    for (const [key, { job, until }] of this.#jobs) {
      await clock.sleep(Math.max(0, until - clock.monotonic()), signal)
      if (this.#jobs.get(key)?.job === job) this.#jobs.delete(key)
    }
    this.#forgetting = false
  }
}
