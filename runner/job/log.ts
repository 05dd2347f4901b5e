/**
 * The log of one task: the runner's own lines and the output of its processes, in the order in which
 * they came, masked before anything else sees them.
 */
import type { JobSink } from './context.ts'
import type { Masker } from './mask.ts'

const newline = 10

export class JobLog {
  readonly #sink: JobSink
  readonly #masker: Masker
  #tail: Promise<void> = Promise.resolve()
  #midLine = false

  constructor(sink: JobSink, masker: Masker) {
    this.#sink = sink
    this.#masker = masker
  }

  /** Resolves when the sink took the bytes; whoever reads a pipe waits for it before reading on. */
  write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return this.#tail
    this.#midLine = bytes.at(-1) !== newline
    return this.#put(this.#masker.push(bytes))
  }

  /** A line of the runner's own; never glued to the unfinished last line of a process. */
  line(text: string): Promise<void> {
    return this.write(Buffer.from(`${this.#midLine ? '\n' : ''}${text}\n`))
  }

  /** Gives out what the masker held back. */
  close(): Promise<void> {
    return this.#put(this.#masker.end())
  }

  #put(masked: Uint8Array): Promise<void> {
    if (masked.length > 0) {
      this.#tail = this.#tail.then(() => this.#sink.write(masked))
      // Whoever waits for the tail gets the failure; a line that nobody waits for must not crash us.
      this.#tail.catch(() => {})
    }
    return this.#tail
  }
}
