/** Bytes that can be written anywhere, as a file has them. */
export class Contents {
  #buffer: Buffer
  length: number

  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.#buffer = Buffer.from(bytes)
    this.length = bytes.length
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.length)
  }

  copy(): Contents {
    return new Contents(this.bytes)
  }

  /** What lies between the old end and `at` becomes zeros. */
  write(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length
    if (end > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(256, 2 * end))
      this.bytes.copy(grown)
      this.#buffer = grown
    } else if (at > this.length) {
      this.#buffer.fill(0, this.length, at)
    }
    this.#buffer.set(bytes, at)
    this.length = Math.max(this.length, end)
  }

  truncate(length: number): void {
    if (length > this.length) this.write(length, new Uint8Array())
    this.length = length
  }
}
