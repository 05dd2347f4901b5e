import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { checkWebhookSecret, newWebhookSecret } from '../../../../server/feed/webhooks/secret.ts'

const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`

test('a new secret is 32 random bytes that every library takes', () => {
  const secret = newWebhookSecret()
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  assert.notEqual(secret, newWebhookSecret())
  checkWebhookSecret(secret)
  new Webhook(secret)
})

test('24 to 64 bytes of plain base64 are a secret', () => {
  for (const bytes of [24, 32, 64]) checkWebhookSecret(of(bytes))
})

test('anything else is refused, and never repeated in the message', () => {
  const bad = ['', 'whsec_', of(23), of(65), of(32).slice(6), `${of(32)} `, of(32).slice(0, -1)]
  for (const secret of [...bad, `whsec_${'-_'.repeat(20)}`, 'whpk_abc', 'hunter2hunter2']) {
    assert.throws(
      () => checkWebhookSecret(secret),
      (error: Error & { code?: string }) =>
        error.code === 'invalid' && (secret.length < 7 || !error.message.includes(secret)),
    )
  }
})
