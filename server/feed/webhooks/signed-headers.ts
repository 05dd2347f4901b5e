/** The headers of one try, signed after Standard Webhooks over exactly the bytes that are sent. */
import { Webhook } from 'standardwebhooks'
import type { Cipher } from '../../store/cipher.ts'
import type { Claimed } from '../../store/outbox.ts'
import { webhookPurpose } from '../../store/webhooks.ts'

/**
 * A runner's webhook has no secret, so no signature; its id still tells a repetition.
 * @param now ms since the epoch: the time of this try, as receivers refuse old ones
 */
export function signedHeaders(one: Claimed, cipher: Cipher, now: number): Record<string, string> {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'outstation',
    'webhook-id': one.message_id,
  }
  if (one.secret === null) return headers
  const webhook = new Webhook(cipher.open(webhookPurpose(one.project_id), one.secret))
  return {
    ...headers,
    'webhook-timestamp': String(Math.floor(now / 1000)),
    'webhook-signature': webhook.sign(one.message_id, new Date(now), one.body),
  }
}
