/** Ed25519 over a text, as base64url. */
import { sign, verify } from 'node:crypto'
import { type KeyText, privateKey, publicKey } from './keys.ts'

export function signatureOf(text: string, key: KeyText): string {
  return sign(null, Buffer.from(text), privateKey('ed25519', key)).toString('base64url')
}

/** One signature has one spelling: bits that base64 does not use are not there to be played with. */
export function fits(signature: string, text: string, key: string): boolean {
  const bytes = Buffer.from(signature, 'base64url')
  if (bytes.toString('base64url') !== signature) return false
  return verify(null, Buffer.from(text), publicKey('ed25519', key), bytes)
}
