import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

declare const brand: unique symbol
/** A number or string that must not be mixed up with another of its kind. */
export type Brand<T, B extends string> = T & { readonly [brand]?: B }

/** `prefix` + 256 random bits as base64url: long enough that a hash of it needs no salt. */
export function secretToken(prefix: string): string {
  return prefix + randomBytes(32).toString('base64url')
}

export function sha256hex(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Compares two hex digests in constant time; false when the lengths differ. */
export function equalDigests(a: string, b: string): boolean {
  const left = Buffer.from(a, 'hex')
  const right = Buffer.from(b, 'hex')
  return left.length > 0 && left.length === right.length && timingSafeEqual(left, right)
}

/** A nonce of 96 random bits: names one connection or one process, never authenticates anything. */
export function nonce(): string {
  return randomBytes(12).toString('base64url')
}
