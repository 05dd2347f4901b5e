/**
 * Secrets at rest: AES-256-GCM under the `access_key_encryption` of the configuration. Each text is
 * bound to its purpose, so that a sealed value copied into another column or project does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { AppError } from '../../lib/errors.ts'

export interface Cipher {
  /** @param purpose what the text is for, e.g. `access_key/7`; the same is needed to open it. */
  seal(purpose: string, text: string): string
  /** @throws AppError `config` if another key sealed it, `damaged` if it is no sealed text at all. */
  open(purpose: string, sealed: string): string
}

/** The purpose of `runners.token_sealed`. */
export function runnerTokenPurpose(runner: number): string {
  return `runner_token/${runner}`
}

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const version = 'v1.'

/** @param key base64 of 32 random bytes. @throws AppError `config` if it is anything else. */
export function createCipher(key: string): Cipher {
  const secret = Buffer.from(key, 'base64')
  if (secret.length !== keyBytes) {
    throw new AppError(
      'config',
      `access_key_encryption: expected base64 of ${keyBytes} bytes, got ${secret.length} bytes`,
      { fix: 'make one with: openssl rand -base64 32' },
    )
  }
  return {
    seal(purpose, text) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(purpose))
      const body = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final()])
      return version + Buffer.concat([body, cipher.getAuthTag()]).toString('base64url')
    },
    open(purpose, sealed) {
      const { nonce, body, tag } = partsOf(purpose, sealed)
      const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: tagBytes })
        .setAAD(Buffer.from(purpose))
        .setAuthTag(tag)
      try {
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
      } catch (cause) {
        throw new AppError(
          'config',
          `access_key_encryption: expected the key that sealed ${purpose}, got another one`,
          { fix: 'restore the former key, or enter the secret anew', cause },
        )
      }
    },
  }
}

function partsOf(purpose: string, sealed: string): { nonce: Buffer; body: Buffer; tag: Buffer } {
  const bytes = Buffer.from(sealed.slice(version.length), 'base64url')
  if (!sealed.startsWith(version) || bytes.length < nonceBytes + tagBytes) {
    throw new AppError('damaged', `${purpose}: expected a sealed text "${version}..", got another`)
  }
  return {
    nonce: bytes.subarray(0, nonceBytes),
    body: bytes.subarray(nonceBytes, -tagBytes),
    tag: bytes.subarray(-tagBytes),
  }
}
