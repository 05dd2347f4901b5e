/** Secrets of webhooks: `whsec_` and 24 to 64 random bytes as base64 (Standard Webhooks). */
import { randomBytes } from 'node:crypto'
import { AppError } from '../../../lib/errors.ts'

const prefix = 'whsec_'

export function newWebhookSecret(): string {
  return prefix + randomBytes(32).toString('base64')
}

/** Throws `invalid` unless `secret` is one; the message never shows it. */
export function checkWebhookSecret(secret: string): void {
  const text = secret.slice(prefix.length)
  const bytes = Buffer.from(text, 'base64')
  const ok =
    secret.startsWith(prefix) &&
    bytes.toString('base64') === text &&
    bytes.length >= 24 &&
    bytes.length <= 64
  if (ok) return
  throw new AppError('invalid', 'secret: expected whsec_ and 24 to 64 bytes as base64', {
    fix: 'leave it out to have one made',
  })
}
