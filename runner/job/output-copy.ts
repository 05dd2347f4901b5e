import type { Socket } from 'node:net'
import type { Clock } from '../../lib/clock.ts'
import type { JobLog } from './log.ts'

/** How long the pipe may stay open and silent when all that we can find has ended, ms. */
const silence = 2000

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
    while (!over.aborted) {
      const before = this.#chunks
      await clock.sleep(silence, over).catch(() => {})
      if (over.aborted || this.#writing || this.#chunks !== before) continue
      this.#gaveUp = true
      this.#reader.destroy()
      return
    }
  }
}
