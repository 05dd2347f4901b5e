/** CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), as in iSCSI (RFC 3720), ext4 and Btrfs. */
const table = new Uint32Array(256).map((_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

/**
 * Checksum of `bytes` as an unsigned 32-bit number. Pass what came out as `previous` to go on with
 * more bytes: `crc32c(b, crc32c(a))` is the checksum of a followed by b.
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous
  for (let i = 0; i < bytes.length; i += 1) {
    crc = (table[(crc ^ (bytes[i] as number)) & 255] as number) ^ (crc >>> 8)
  }
  return ~crc >>> 0
}
