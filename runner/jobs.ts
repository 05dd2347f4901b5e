/** The jobs that run now: each one's log goes to its spool, its end to the machine. */
import type { Job } from '../broker/job.ts'
import type { ResultBody } from '../broker/messages.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError, lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { CancelCause, JobEnd } from './core/job-end.ts'
import { keyOf } from './core/state.ts'
import { neverStarted } from './core/words.ts'
import { overdue, startDeadline } from './deadline.ts'
import type { Spool } from './disk/spool.ts'
import type { JobContext } from './job/context.ts'
import type { Place } from './job/place.ts'
import type { Logs } from './logs.ts'

/** Makes what a job will need (job/place.ts); undefined where there is nothing to make. */
export type OpenPlace = (job: Job) => Place | undefined

/** Runs a job to its end; never throws (job/run.ts). */
export type RunJob = (
  job: Job,
  context: Pick<JobContext, 'log' | 'cancel' | 'place' | 'confirm'>,
) => Promise<JobEnd>

export interface JobsContext {
  openPlace: OpenPlace
  runJob: RunJob
  logs: Logs
  /** Called once per job, when its log is complete on disk. */
  onEnd(task: number, attempt: number, result: ResultBody): void
  /** A job goes on only by a person's word, which `answer` brings. */
  onAsked(task: number, attempt: number): void
  clock: Clock
  log: Log
}

/** Made while the START of the job is on its way to the disk. */
interface Prepared {
  /** undefined: it could not be made; the job tries itself, and says why. */
  place: Place | undefined
  spool: Promise<Spool>
}

interface Running {
  cancel: AbortController
  cause: CancelCause
  /** Takes what a person says to the job. */
  answer: (confirmed: boolean) => void
  done: Promise<void>
}

export class Jobs {
  readonly #context: JobsContext
  readonly #prepared = new Map<string, Prepared>()
  readonly #running = new Map<string, Running>()

  constructor(context: JobsContext) {
    this.#context = context
  }

  get size(): number {
    return this.#running.size
  }

  /** The job is about to be started: nothing of this can be seen from outside. */
  prepare(task: number, attempt: number, job: Job): void {
    // The disk did not take its START the last time.
    if (this.#prepared.has(keyOf({ task, attempt }))) return
    const { openPlace, logs } = this.#context
    const spool = logs.open(task, attempt)
    // Told when the job is started and waits for it.
    spool.catch(() => {})
    this.#prepared.set(keyOf({ task, attempt }), {
      place: unlessItFails(() => openPlace(job)),
      spool,
    })
  }

  start(task: number, attempt: number, job: Job): void {
    const cancel = new AbortController()
    const key = keyOf({ task, attempt })
    let answer: Running['answer'] = () => {}
    const answered = new Promise<boolean>((resolve) => {
      answer = resolve
    })
    const confirm = () => {
      this.#context.onAsked(task, attempt)
      return answered
    }
    const done = this.#run(task, attempt, job, { cancel: cancel.signal, confirm }).finally(() => {
      this.#running.delete(key)
    })
    this.#running.set(key, { cancel, cause: { force: false }, answer, done })
  }

  /** TERM, grace, KILL; with `force` KILL at once, also in the middle of an earlier grace. */
  kill(task: number, attempt: number, force: boolean): void {
    const running = this.#running.get(keyOf({ task, attempt }))
    if (running !== undefined) end(running, force)
  }

  answer(task: number, attempt: number, confirmed: boolean): void {
    this.#running.get(keyOf({ task, attempt }))?.answer(confirmed)
  }

  killAll(force: boolean): void {
    for (const running of this.#running.values()) end(running, force)
  }

  /** Gives up what was prepared and never started, since the disk did not take its START. */
  async close(): Promise<void> {
    for (const { place } of this.#prepared.values()) await place?.close()
    this.#prepared.clear()
  }

  /** Resolves when none runs. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) {
      await Promise.all([...this.#running.values()].map(({ done }) => done))
    }
  }

  async #run(
    task: number,
    attempt: number,
    job: Job,
    signals: Pick<JobContext, 'cancel' | 'confirm'>,
  ): Promise<void> {
    const { runJob, onEnd, logs, clock, log } = this.#context
    const prepared = this.#prepared.get(keyOf({ task, attempt }))
    this.#prepared.delete(keyOf({ task, attempt }))
    log.info('task started', { task, attempt, app: job.app, playbook: job.playbook })
    const seconds = job.max_duration_sec ?? 0
    const deadline = startDeadline(seconds, clock, () => this.kill(task, attempt, false))
    try {
      const spool = await this.#openLog(task, attempt, prepared)
      if (spool === undefined) return
      const ended = await runJob(job, {
        log: {
          write: (bytes, part) => spool.write(bytes, clock.now(), part),
          hasRoom: (bytes) => logs.hasRoom(bytes),
        },
        ...signals,
        place: prepared?.place,
      })
      const end = deadline.passed ? overdue(ended, seconds) : ended
      const result = await resultOf(spool, end, end !== ended ? clock : undefined)
      const { outcome, reason } = result
      log.info('task ended', { task, attempt, outcome, reason: reason ?? undefined })
      onEnd(task, attempt, result)
    } catch (error) {
      // Only a spool that was closed throws here: this runner ends, and reports it as interrupted when it
      // starts again.
      log.warn('task not reported; the next start does', { task, attempt, reason: lineOf(error) })
    } finally {
      deadline.close()
      await prepared?.place?.close().catch(() => {})
    }
  }

  /** Nothing runs of which there would be no log. */
  async #openLog(
    task: number,
    attempt: number,
    prepared: Prepared | undefined,
  ): Promise<Spool | undefined> {
    const { logs, onEnd, log } = this.#context
    try {
      return await (prepared?.spool ?? logs.open(task, attempt))
    } catch (error) {
      const reason = notKept(error)
      log.error('task not started', { task, attempt, reason })
      onEnd(task, attempt, { ...neverStarted, outcome: 'failed', reason })
      return undefined
    }
  }
}

function unlessItFails<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

function end({ cancel, cause }: Running, force: boolean): void {
  cause.force ||= force
  cancel.abort(cause)
}

/** The longest line that a result may hold (broker/messages.ts). */
const maxLine = 4096

/**
 * D5: the end of a job together with the log that belongs to it. A log that cannot be kept ends it too:
 * whatever it came to is told, so that the server sees what is missing.
 * @param clock given: the reason becomes the last line of the log
 * @throws AppError `unavailable` if the spool is closed
 */
export async function resultOf(spool: Spool, end: JobEnd, clock?: Clock): Promise<ResultBody> {
  const log = () => ({
    chunks: spool.count,
    dropped: spool.first,
    bytes: spool.bytes,
    sha256: spool.digest(),
  })
  try {
    if (clock !== undefined) await spool.write(Buffer.from(`${end.reason}\n`), clock.now())
    await spool.flush()
    return { ...end, ...log() }
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') throw error
    const outcome = end.outcome === 'interrupted' ? end.outcome : 'failed'
    return { ...end, outcome, reason: withNotKept(end.reason, error).slice(0, maxLine), ...log() }
  }
}

function withNotKept(reason: string | null, error: unknown): string {
  if (reason === null) return notKept(error)
  // The job may have met it, too.
  return reason.includes(lineOf(error)) ? reason : `${notKept(error)}; ${reason}`
}

function notKept(error: unknown): string {
  return `its log cannot be kept: ${lineOf(error)}`
}
