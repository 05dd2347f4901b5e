/**
 * How a record lies in a file, and what a file's bytes mean after a crash.
 *
 *     length u32 | durable u32 | crc32c u32 (of the 8 bytes before it and the payload) | payload
 *
 * Little endian. `durable` tells how much of the file was known to be fsynced when the record was
 * written. It settles what a bad record is: after a power cut the disk may hold any part of the
 * writes since the last fsync, so bytes that no later record calls durable are a torn tail, never
 * promised to anybody; a bad record below the `durable` of a good one was promised and is damage.
 * What it cannot tell is a flipped bit in the very last record from a torn write.
 */
import { crc32c } from '../../lib/crc32c.ts'

export const headerBytes = 12

export function frame(payload: Uint8Array, durable: number): Buffer {
  const framed = Buffer.allocUnsafe(headerBytes + payload.length)
  framed.writeUInt32LE(payload.length, 0)
  framed.writeUInt32LE(durable, 4)
  framed.set(payload, headerBytes)
  framed.writeUInt32LE(crc32c(payload, crc32c(framed.subarray(0, 8))), 8)
  return framed
}

/** What `payloads` take on disk, bytes. */
export function sizeOf(payloads: Uint8Array[]): number {
  return payloads.reduce((sum, { length }) => sum + headerBytes + length, 0)
}

/** Length of the payload that the header at `offset` tells; says nothing about its truth. */
export function lengthAt(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset)
}

/** Payload of the record at `offset`, or undefined if there is no whole and good one. */
export function payloadAt(bytes: Buffer, offset: number, maxPayload: number): Buffer | undefined {
  if (offset + headerBytes > bytes.length) return undefined
  const length = lengthAt(bytes, offset)
  const end = offset + headerBytes + length
  if (length === 0 || length > maxPayload || end > bytes.length) return undefined
  const payload = bytes.subarray(offset + headerBytes, end)
  const crc = crc32c(payload, crc32c(bytes.subarray(offset, offset + 8)))
  return crc === bytes.readUInt32LE(offset + 8) ? payload : undefined
}

export interface Scan {
  /** Payloads of the valid prefix, in order; they share the memory of the scanned bytes. */
  payloads: Buffer[]
  /** Length of the valid prefix. */
  good: number
  /** What follows the prefix: nothing, bytes never promised, or damage to what was promised. */
  rest: 'nothing' | 'torn' | 'damaged'
}

/**
 * Reads a whole file's `bytes`; stops at the first record that is not whole and good. A file is
 * created with its first record in one atomic step, so the loss of that one is damage too.
 */
export function scan(bytes: Buffer, maxPayload: number): Scan {
  const payloads: Buffer[] = []
  let good = 0
  while (good < bytes.length) {
    const payload = payloadAt(bytes, good, maxPayload)
    if (payload === undefined) {
      const damaged = good === 0 || promised(bytes, good, maxPayload)
      return { payloads, good, rest: damaged ? 'damaged' : 'torn' }
    }
    payloads.push(payload)
    good += headerBytes + payload.length
  }
  return { payloads, good, rest: good === 0 ? 'damaged' : 'nothing' }
}

/** Whether a good record after `bad` says that the byte at `bad` was durable. */
function promised(bytes: Buffer, bad: number, maxPayload: number): boolean {
  for (let at = bad + 1; at + headerBytes < bytes.length; at += 1) {
    const durable = bytes.readUInt32LE(at + 4)
    if (durable <= bad || durable > at) continue
    if (payloadAt(bytes, at, maxPayload) !== undefined) return true
  }
  return false
}
