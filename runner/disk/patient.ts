/**
 * Stores a log's records, however long that takes: a full or failing disk is tried again, a log at
 * its cap waits until the server has acknowledged its head, which is then dropped. What it waits for
 * is told once a minute. So nothing is lost, and whoever waits for `store` does not read the pipe.
 */
import { backoff } from '../../lib/backoff.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { Fields, Log } from '../../lib/log.ts'
import { Progress } from './progress.ts'
import type { Segments } from './segments.ts'

const retry = { first: 100, cap: 10_000 }
const complainEveryMs = 60_000

export interface PatientOptions {
  log: Log
  clock: Clock
  random: () => number
  signal: AbortSignal
  /** Told why the disk takes nothing, when it begins and with each try; undefined = it does again. */
  onWait?(reason: string | undefined): void
}

export class PatientStore {
  readonly #segments: Segments
  readonly #options: PatientOptions
  readonly #acks: Progress
  #acked = 0
  #complainedAt = Number.NEGATIVE_INFINITY

  constructor(segments: Segments, options: PatientOptions) {
    this.#segments = segments
    this.#options = options
    this.#acks = new Progress(options.signal)
  }

  /** Everything below `nextSeq` is committed by the server. */
  acked(nextSeq: number): void {
    this.#acked = Math.max(this.#acked, nextSeq)
    this.#acks.made()
  }

  /**
   * Resolves once `payloads` are fsynced; one call at a time.
   * @throws the signal's reason, or a failure that waiting does not mend
   */
  async store(payloads: Uint8Array[]): Promise<void> {
    const { clock, random, signal, onWait = () => {} } = this.#options
    let tries = 0
    try {
      for (;;) {
        const error = await this.#try(payloads)
        if (error === undefined) return
        onWait(error.message)
        this.#complain('spool: cannot write, the task waits', { reason: error.line })
        await clock.sleep(backoff(tries, { ...retry, random }), signal)
        tries += 1
      }
    } finally {
      if (tries > 0) onWait(undefined)
    }
  }

  /** @returns what waiting may mend */
  async #try(payloads: Uint8Array[]): Promise<AppError | undefined> {
    try {
      await this.#makeRoom(payloads)
      await this.#segments.append(payloads)
      return undefined
    } catch (error) {
      this.#options.signal.throwIfAborted()
      if (error instanceof AppError && error.code === 'unavailable') return error
      throw error
    }
  }

  async #makeRoom(payloads: Uint8Array[]): Promise<void> {
    while (!this.#segments.fits(payloads)) {
      if (await this.#segments.dropHead(this.#acked)) {
        const below = this.#segments.first
        this.#options.log.info('spool: at its cap, dropped acknowledged log', { below })
      } else {
        this.#complain('spool: at its cap, the task waits for acknowledgements', {})
        await this.#acks.next()
      }
    }
  }

  #complain(event: string, fields: Fields): void {
    const now = this.#options.clock.monotonic()
    if (now - this.#complainedAt < complainEveryMs) return
    this.#complainedAt = now
    this.#options.log.warn(event, fields)
  }
}
