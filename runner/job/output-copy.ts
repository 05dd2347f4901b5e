import type { Socket } from 'node:net'
import type { Clock } from '../../lib/clock.ts'
import type { JobLog } from './log.ts'

/**
 * So often must the pipe, still open when all that we can find has ended, be found silent, and so long
 * is it listened to each time, ms. Not once for two seconds: a runner that was frozen or starved for
 * that long has not listened, and its timers go off before it reads what came meanwhile.
 */
const silence = { looks: 20, ms: 100 }

/** Copies a pipe into the log, reading on only when the log took what came before. */
export class OutputCopy {
  readonly done: Promise<void>
  readonly #reader: Socket
  readonly #log: Pick<JobLog, 'write'>
  #chunks = 0
  #writing = false
  #gaveUp = false

  constructor(reader: Socket, log: Pick<JobLog, 'write'>) {
    this.#reader = reader
    this.#log = log
    this.done = this.#run()
  }

  /**
   * Resolves when all is copied. A process that escaped may hold the pipe open: then it resolves
   * after a silence, but never while the log is the one to wait for (a spool that is full until the
   * link is back).
   */
  async drain(clock: Clock): Promise<void> {
    const over = new AbortController()
    const watch = this.#giveUpOnSilence(clock, over.signal)
    try {
      await this.done
    } finally {
      over.abort()
      await watch
    }
  }

  async #run(): Promise<void> {
    try {
      for await (const chunk of this.#reader) {
        this.#writing = true
        await this.#log.write(chunk as Uint8Array)
        this.#writing = false
        this.#chunks += 1
      }
    } catch (error) {
      if (!this.#gaveUp) throw error
    }
  }

  async #giveUpOnSilence(clock: Clock, over: AbortSignal): Promise<void> {
    let quiet = 0
    while (quiet < silence.looks) {
      const before = this.#chunks
      await clock.sleep(silence.ms, over).catch(() => {})
      if (over.aborted) return
      quiet = this.#writing || this.#chunks !== before ? 0 : quiet + 1
    }
    this.#gaveUp = true
    this.#reader.destroy()
  }
}
