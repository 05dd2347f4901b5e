/**
 * A job that only its runner can read: X25519 with a key pair made for this one job, HKDF-SHA256,
 * AES-256-GCM. What the grant says beside it is bound in, so that it cannot be put into another grant.
 */
import { createCipheriv, createDecipheriv, diffieHellman, hkdfSync } from 'node:crypto'
import { AppError } from '../../lib/errors.ts'
import {
  type Ephemeral,
  type KeyText,
  keyId,
  privateKey,
  publicKey,
  publicKeyOnce,
  takeEphemeral,
} from './keys.ts'
import type { SealedGrant } from './messages.ts'

export type Sealed = Pick<SealedGrant, 'recipient' | 'ephemeral' | 'box'>
/** Which grant a job belongs to. */
export type Binding = Pick<SealedGrant, 'session' | 'task' | 'attempt' | 'claim'> & {
  /** Holds the prefix and the runner. */
  topic: string
}

const use = 'outstation-sealed-v1'
const tagBytes = 16

/** @param to X25519 key of the runner. @param ephemeral only tests give one: it must never be used twice */
export function seal(
  text: string,
  to: string,
  binding: Binding,
  ephemeral: Ephemeral = takeEphemeral(),
): Sealed {
  const id = keyId(to)
  const shared = diffieHellman({
    privateKey: ephemeral.key,
    publicKey: publicKey('x25519', to),
  })
  const { key, iv } = derive(shared, ephemeral.public, to)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(boundTo(binding, id))
  const box = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return { recipient: id, ephemeral: ephemeral.public, box: box.toString('base64') }
}

/**
 * @param own the runner's key pair that `sealed.recipient` names
 * @throws AppError `forbidden` if it was sealed to another key or for another grant, or altered
 */
export function open(
  { ephemeral, box, recipient }: Sealed,
  own: KeyText,
  binding: Binding,
): string {
  try {
    const shared = diffieHellman({
      privateKey: privateKey('x25519', own),
      publicKey: publicKeyOnce('x25519', ephemeral),
    })
    const { key, iv } = derive(shared, ephemeral, own.public)
    const bytes = Buffer.from(box, 'base64')
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
    decipher.setAAD(boundTo(binding, recipient)).setAuthTag(bytes.subarray(-tagBytes))
    return decipher.update(bytes.subarray(0, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    throw new AppError(
      'forbidden',
      'its job cannot be opened: sealed for another grant, or altered',
    )
  }
}

/** The key is good for one job only, so its nonce may come from the same source. */
function derive(shared: Buffer, ephemeral: string, to: string): { key: Buffer; iv: Buffer } {
  const salt = Buffer.concat([ephemeral, to].map((key) => Buffer.from(key, 'base64url')))
  const bytes = Buffer.from(hkdfSync('sha256', shared, salt, use, 44))
  return { key: bytes.subarray(0, 32), iv: bytes.subarray(32) }
}

function boundTo({ topic, session, task, attempt, claim }: Binding, to: string): Buffer {
  return Buffer.from([use, topic, session, task, attempt, claim, to].join('\n'))
}
