/**
 * Bytes of a log, and of the files that come back in it, on their way to the disk: cut into records that
 * each fit one chunk of the wire.
 */
import type { Part } from '../../broker/chunk.ts'
import { limits } from '../../broker/codec.ts'

/** A piece of a log as the spool keeps it. */
export interface LogRecord {
  /** Wall clock of its first byte, ms; for display. */
  at: number
  /** Absent: it is of the log itself. */
  part?: Part | undefined
  /** 1 to `limits.chunkBytes`. */
  bytes: Uint8Array
}

/**
 * A record as a payload on disk: `at` as a double, little endian, then the bytes. If its sign is set the
 * record is none of the log, and a byte before the others tells what it is.
 */
const atBytes = 8
const parts: readonly Part[] = ['file', 'artifact']
export const maxLogPayload = atBytes + 1 + limits.chunkBytes

export function decodeRecord(payload: Uint8Array): LogRecord {
  const at = Math.abs(new DataView(payload.buffer, payload.byteOffset).getFloat64(0, true))
  const bytes = payload.subarray(headOf(payload))
  return isOfLog(payload) ? { at, bytes } : { at, part: parts[payload[atBytes] as number], bytes }
}

function isOfLog(payload: Uint8Array): boolean {
  return ((payload[atBytes - 1] as number) & 0x80) === 0
}

/** Bytes in front of those of the log or the file. */
function headOf(payload: Uint8Array): number {
  return isOfLog(payload) ? atBytes : atBytes + 1
}

export class Collector {
  #closed: Buffer[] = []
  #open: Buffer | undefined
  #part: Part | undefined
  #filled = 0
  /** Bytes in closed records. */
  closedBytes = 0

  /** Bytes that are held. */
  get bytes(): number {
    return this.closedBytes + (this.#open ? this.#filled - headOf(this.#open) : 0)
  }

  /** Copies `bytes`; the caller may use its buffer again. An `artifact` is a record of its own. */
  add(bytes: Uint8Array, at: number, part?: Part): void {
    if (part !== this.#part || part === 'artifact') this.closeOpen()
    this.#part = part
    for (let from = 0; from < bytes.length; ) {
      const open = this.#openAt(at)
      const piece = bytes.subarray(from, from + open.length - this.#filled)
      open.set(piece, this.#filled)
      this.#filled += piece.length
      from += piece.length
      if (this.#filled === open.length) this.closeOpen()
    }
  }

  /** Ends the record that is being filled, if there is one. */
  closeOpen(): void {
    if (this.#open === undefined) return
    this.closedBytes = this.bytes
    this.#closed.push(this.#open.subarray(0, this.#filled))
    this.#open = undefined
  }

  /** Takes closed records out, the oldest first: one at least, then up to `maxBytes` in all. */
  take(maxBytes: number): Buffer[] {
    let bytes = 0
    let count = 0
    for (const payload of this.#closed) {
      const more = payload.length - headOf(payload)
      if (count > 0 && bytes + more > maxBytes) break
      bytes += more
      count += 1
    }
    this.closedBytes -= bytes
    return this.#closed.splice(0, count)
  }

  #openAt(at: number): Buffer {
    if (this.#open !== undefined) return this.#open
    const head = this.#part === undefined ? atBytes : atBytes + 1
    this.#open = Buffer.allocUnsafe(head + limits.chunkBytes)
    this.#open.writeDoubleLE(this.#part === undefined ? at : -at, 0)
    if (this.#part !== undefined) this.#open[atBytes] = parts.indexOf(this.#part)
    this.#filled = head
    return this.#open
  }
}
