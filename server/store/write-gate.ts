/**
 * Whether the database can be written. A disk that is full or fails pauses it: commits are refused at
 * once, one line in the log says why, and a small real write is tried until it succeeds. So nobody
 * waits for a dead disk, nothing is answered that is not stored, and nobody has to start anything anew.
 */
import { backoff } from '../../lib/backoff.ts'
import type { Clock } from '../../lib/clock.ts'
import type { AppError } from '../../lib/errors.ts'
import { isLow, type Space } from '../../lib/free-space.ts'
import type { Log } from '../../lib/log.ts'
import { low, refusal, type Trouble, troubleOf } from './disk-trouble.ts'

export interface GateParts {
  /** Path of the database. */
  file: string
  /** Bytes that shall stay free on its disk; 0 = any may be used. */
  minFree: number
  space(path: string): Promise<Space | undefined>
  /** Commits something small. */
  probe(): Promise<unknown>
  /** Called when writes are taken again. */
  onResume(): void
  clock: Clock
  random: () => number
  log: Log
}

interface Pause {
  trouble: Trouble
  /** Monotonic ms. */
  since: number
  saidAt: number
}

/** So often the free space is looked at, while something is written, ms. */
const lookEveryMs = 1_000
/** Longest wait between two tries, ms: so long after there is space it goes on at the latest. */
const retry = { first: 250, cap: 4_000 }
const sayAgainMs = 60_000
/** What must be free before it goes on, so that it does not stop again at once. */
const resumeFactor = 1.2
const resumeFloor = 1_048_576

export class WriteGate {
  readonly #parts: GateParts
  readonly #ending = new AbortController()
  #pause: Pause | undefined
  #tries = 0
  #resumedAt = Number.NEGATIVE_INFINITY
  #lookedAt = Number.NEGATIVE_INFINITY
  #looking: Promise<void> | undefined

  constructor(parts: GateParts) {
    this.#parts = parts
  }

  /** Why nothing can be written now; undefined = it can. */
  get paused(): AppError | undefined {
    return this.#pause && refusal(this.#parts.file, this.#pause.trouble)
  }

  /** Before each commit. @returns why it may not be tried */
  enter(): AppError | undefined {
    if (this.#parts.clock.monotonic() - this.#lookedAt >= lookEveryMs) void this.look()
    return this.paused
  }

  /** As `paused`, after a look at the disk. */
  async look(): Promise<AppError | undefined> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    await this.#looking
    return this.paused
  }

  /**
   * Takes the error of a commit.
   * @returns what its works are told, if it was the disk's fault; whether it happened is unknown
   */
  judge(error: unknown): AppError | undefined {
    const trouble = troubleOf(error)
    if (trouble === undefined) return undefined
    this.#begin(trouble)
    return refusal(this.#parts.file, trouble)
  }

  close(): void {
    this.#ending.abort()
  }

  async #look(): Promise<void> {
    const { file, minFree, space, clock } = this.#parts
    this.#lookedAt = clock.monotonic()
    if (minFree > 0 && isLow(await space(file), minFree)) this.#begin(low)
  }

  #begin(trouble: Trouble): void {
    if (this.#pause !== undefined) {
      this.#pause.trouble = trouble
      return
    }
    const now = this.#parts.clock.monotonic()
    // A disk that takes a little and then no more must not be tried at full speed for ever.
    if (now - this.#resumedAt > sayAgainMs) this.#tries = 0
    this.#pause = { trouble, since: now, saidAt: Number.NEGATIVE_INFINITY }
    void this.#untilItWorks(this.#pause)
  }

  async #untilItWorks(pause: Pause): Promise<void> {
    const { clock, random, log, onResume } = this.#parts
    const { signal } = this.#ending
    while (!signal.aborted) {
      await this.#say(pause)
      const wait = backoff(this.#tries, { ...retry, random })
      await clock.sleep(wait, signal).catch(() => {})
      this.#tries += 1
      if (signal.aborted || !(await this.#works(pause))) continue
      this.#pause = undefined
      this.#resumedAt = clock.monotonic()
      const paused_sec = Math.round((this.#resumedAt - pause.since) / 1000)
      log.info('resumed: the database is written again', { paused_sec })
      return onResume()
    }
  }

  async #works({ trouble }: Pause): Promise<boolean> {
    const { file, minFree, space, probe } = this.#parts
    if (!trouble.passes) return false
    if (isLow(await space(file), Math.max(minFree * resumeFactor, resumeFloor))) return false
    return probe().then(
      () => true,
      () => false,
    )
  }

  async #say(pause: Pause): Promise<void> {
    const { file, space, clock, log } = this.#parts
    const now = clock.monotonic()
    if (now - pause.saidAt < sayAgainMs) return
    pause.saidAt = now
    const free = (await space(file))?.free
    log.error('paused: the database cannot be written; nothing is taken until it can', {
      path: file,
      reason: pause.trouble.what,
      free_mb: free === undefined ? undefined : Math.floor(free / 1_048_576),
      fix: pause.trouble.fix,
    })
  }
}
