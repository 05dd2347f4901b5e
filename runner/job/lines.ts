/** The lines of a command's output, for whoever reads them on their way into the log. */

/** What is longer is no line that anybody looks for; its end is not kept, bytes. */
const longest = 4096
const newline = 10
/** Control sequences of ECMA-48: colours and the like. */
const escapes = /\x1b\[[0-?]*[ -/]*[@-~]/g

export class LineReader {
  readonly #read: (line: string) => void
  #held: Uint8Array[] = []
  #size = 0

  /** `read` gets each line without its end and without colours. */
  constructor(read: (line: string) => void) {
    this.#read = read
  }

  push(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const found = bytes.indexOf(newline, from)
      const end = found < 0 ? bytes.length : found
      this.#hold(bytes.subarray(from, end))
      if (found >= 0) this.#give()
      from = end + 1
    }
  }

  /** The last line may have no end. */
  end(): void {
    if (this.#size > 0) this.#give()
  }

  #hold(piece: Uint8Array): void {
    const room = Math.max(0, longest - this.#size)
    // A copy: a few bytes must not keep a whole read of the pipe in memory.
    if (room > 0) this.#held.push(Uint8Array.from(piece.subarray(0, room)))
    this.#size += piece.length
  }

  #give(): void {
    const text = Buffer.concat(this.#held).toString()
    this.#held = []
    this.#size = 0
    this.#read(text.replace(escapes, '').replace(/\r$/, ''))
  }
}
