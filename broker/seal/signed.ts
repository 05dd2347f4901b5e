/** A message that shows who said it, and on which topic: text, Ed25519 signature, name of the key. */
import { AppError } from '../../lib/errors.ts'
import { type KeyText, keyId } from './keys.ts'
import type { Signed, Succession } from './messages.ts'
import { fits, signatureOf } from './signature.ts'

/**
 * What is signed: a line that keeps it apart from every other use of the key, the topic (so nothing can
 * be said again to another runner, or of another attempt), then the text of the message as it is.
 */
function statement(topic: string, text: string): string {
  return `outstation-signed-v1\n${topic}\n${text}`
}

/** @param via how the key came to be, for whoever knows an older one */
export function sign(
  topic: string,
  text: string,
  key: KeyText,
  via: readonly Succession[] = [],
): Signed {
  return {
    v: 1,
    kind: 'signed',
    key: keyId(key.public),
    ...(via.length > 0 && { via: [...via] }),
    text,
    signature: signatureOf(statement(topic, text), key),
  }
}

/**
 * @param key the public key of who should have said it
 * @throws AppError `forbidden` if it is signed by another key, or not as it was said on `topic`
 */
export function expectSigned(topic: string, signed: Signed, key: string): void {
  if (signed.key !== keyId(key)) {
    throw new AppError('forbidden', `expected key ${keyId(key)}, got key ${signed.key}`)
  }
  if (fits(signed.signature, statement(topic, signed.text), key)) return
  throw new AppError('forbidden', 'its signature does not fit: it was altered on its way')
}
