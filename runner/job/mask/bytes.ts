/** Characters as the bytes that a stream has of them. */
import type { Reader } from './search.ts'

export const code = (character: string) => character.charCodeAt(0)

/** Byte -> 1 if it is one of these characters. */
export function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const byte of Buffer.from(characters)) table[byte] = 1
  return table
}

/** An escape that turned out to be none, or a part of one, is read like anything else. */
export function asItStands(next: Reader, bytes: readonly number[], start: number): void {
  for (const [at, byte] of bytes.entries()) next.take(byte, start + at, start + at + 1)
}

/** Its value, or -1 if it is no digit. */
export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

export function hexNumber(digits: readonly number[]): number {
  return digits.reduce((number, digit) => number * 16 + hexDigit(digit), 0)
}
