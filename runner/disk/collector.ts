/** Bytes of a log on their way to the disk, cut into records that each fit one chunk of the wire. */
import { limits } from '../../broker/codec.ts'

/** A piece of a log as the spool keeps it. */
export interface LogRecord {
  /** Wall clock of its first byte, ms; for display. */
  at: number
  /** 1 to `limits.chunkBytes`. */
  bytes: Uint8Array
}

const atBytes = 8
/** Longest record as a payload on disk: `at` as a double, little endian, then the bytes. */
export const maxLogPayload = atBytes + limits.chunkBytes

export function decodeRecord(payload: Uint8Array): LogRecord {
  const at = new DataView(payload.buffer, payload.byteOffset).getFloat64(0, true)
  return { at, bytes: payload.subarray(atBytes) }
}

export class Collector {
  #closed: Buffer[] = []
  #open: Buffer | undefined
  #filled = 0
  /** Bytes of log in closed records. */
  closedBytes = 0

  /** Bytes of log that are held. */
  get bytes(): number {
    return this.closedBytes + (this.#open ? this.#filled - atBytes : 0)
  }

  /** Copies `bytes`; the caller may use its buffer again. */
  add(bytes: Uint8Array, at: number): void {
    for (let from = 0; from < bytes.length; ) {
      const open = this.#openAt(at)
      const part = bytes.subarray(from, from + maxLogPayload - this.#filled)
      open.set(part, this.#filled)
      this.#filled += part.length
      from += part.length
      if (this.#filled === maxLogPayload) this.closeOpen()
    }
  }

  /** Ends the record that is being filled, if there is one. */
  closeOpen(): void {
    if (this.#open === undefined) return
    this.closedBytes = this.bytes
    this.#closed.push(this.#open.subarray(0, this.#filled))
    this.#open = undefined
  }

  /** Takes closed records out, the oldest first: one at least, then up to `maxBytes` of log. */
  take(maxBytes: number): Buffer[] {
    let bytes = 0
    let count = 0
    for (const { length } of this.#closed) {
      if (count > 0 && bytes + length - atBytes > maxBytes) break
      bytes += length - atBytes
      count += 1
    }
    this.closedBytes -= bytes
    return this.#closed.splice(0, count)
  }

  #openAt(at: number): Buffer {
    if (this.#open !== undefined) return this.#open
    this.#open = Buffer.allocUnsafe(maxLogPayload)
    this.#open.writeDoubleLE(at, 0)
    this.#filled = atBytes
    return this.#open
  }
}
