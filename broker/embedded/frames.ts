/**
 * Reads nothing of an MQTT stream but the fixed headers, to know how long a packet says it is before
 * anyone stores a byte of it. mqtt-packet has no such limit: a CONNECT that announces 256 MB is
 * collected in memory before the client has shown any credentials.
 */
export interface FrameWatch {
  /** Looks at the next bytes of the stream: a reason to close the connection, or undefined. */
  see(bytes: Uint8Array): string | undefined
  /** The client is authenticated: from here on only the length of each packet counts. */
  admit(packetLimit: number): void
}

/** Everything that may come before the CONNACK: a CONNECT with its will, and a little impatience. */
export const beforeConnack = 16_384

const connect = 1

export function watchFrames(): FrameWatch {
  let admitted = false
  let limit = beforeConnack
  let total = 0
  /** Bytes of the current packet still to pass unread. */
  let skip = 0
  let length = 0
  /** Bits of the remaining length read so far; -1 while the packet's first byte is awaited. */
  let shift = -1
  let first = true

  return {
    admit(packetLimit) {
      admitted = true
      limit = packetLimit
    },
    see(bytes) {
      if (!admitted) total += bytes.length
      if (total > beforeConnack) return `more than ${beforeConnack} bytes before it was admitted`
      for (let at = 0; at < bytes.length; ) {
        if (skip > 0) {
          const passed = Math.min(skip, bytes.length - at)
          skip -= passed
          at += passed
          continue
        }
        const byte = bytes[at++] as number
        if (shift < 0) {
          if (first && byte >> 4 !== connect) return 'its first packet is not an MQTT CONNECT'
          first = false
          length = 0
          shift = 0
          continue
        }
        length += (byte & 0x7f) * 2 ** shift
        shift += 7
        if (byte >= 0x80) {
          if (shift === 28) return 'a packet length of more than four bytes'
          continue
        }
        if (length > limit) return `a packet of ${length} bytes, at most ${limit} are allowed`
        skip = length
        shift = -1
      }
      return undefined
    },
  }
}
