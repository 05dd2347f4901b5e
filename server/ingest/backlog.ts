/**
 * Messages that wait to be stored. It is bounded, in number and in bytes: while the database is paused,
 * runners repeat what is not acknowledged, and that must not fill the memory. What does not fit is
 * dropped, counted and said; since it was not acknowledged it comes again.
 */
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { Incoming } from './incoming.ts'

/** Messages, and bytes of log in them, at most. */
export const backlogLimits = { messages: 20_000, bytes: 128 * 1_048_576 }
const sayEveryMs = 60_000

export class Backlog {
  readonly #clock: Clock
  readonly #log: Log
  #waiting: Incoming[] = []
  #bytes = 0
  #dropped = 0
  #saidAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  get size(): number {
    return this.#waiting.length
  }

  /** Whether one more fits; if not, it counts as dropped. */
  hasRoom(): boolean {
    const { messages, bytes } = backlogLimits
    if (this.#waiting.length < messages && this.#bytes < bytes) return true
    this.#dropped += 1
    if (this.#clock.monotonic() - this.#saidAt >= sayEveryMs) this.#say()
    return false
  }

  add(message: Incoming): void {
    this.#waiting.push(message)
    this.#bytes += bytesOf(message)
  }

  /** The oldest ones. */
  take(most: number): Incoming[] {
    const taken = this.#waiting.splice(0, most)
    for (const message of taken) this.#bytes -= bytesOf(message)
    if (this.#waiting.length === 0 && this.#dropped > 0) this.#say()
    return taken
  }

  /** What was taken and could not be stored yet is the oldest again. */
  putBack(messages: readonly Incoming[]): void {
    this.#waiting.unshift(...messages)
    for (const message of messages) this.#bytes += bytesOf(message)
  }

  #say(): void {
    const [dropped, waiting] = [this.#dropped, this.#waiting.length]
    this.#dropped = 0
    this.#saidAt = this.#clock.monotonic()
    this.#log.warn('messages dropped: too many wait to be stored; they come again', {
      dropped,
      waiting,
    })
  }
}

/** A chunk is held as it came and decoded; the rest is small. */
function bytesOf(message: Incoming): number {
  if (message.kind !== 'attempt' || message.said.kind !== 'chunk') return 0
  return message.said.raw.length + message.said.chunk.body.length
}
