/** Topic -> event: what the server says, decoded; whoever holds the machine acts on it. */
import { decode } from '../../broker/codec.ts'
import type { AcksMessage, TasksMessage } from '../../broker/messages.ts'
import type { Topics } from '../../broker/topics.ts'
import { AppError } from '../../lib/errors.ts'
import type { RunnerEvent } from '../core/state.ts'
import type { Heard, Trust } from './trust.ts'

export type InboxEvent =
  | RunnerEvent
  | { kind: 'log-ack'; task: number; attempt: number; nextSeq: number }

/**
 * @param trust undefined: its server is older than signatures, and believed as it is
 * @throws AppError `invalid` when it is no message that a server sends. @throws Distrusted
 */
export function parseInbox(
  topics: Topics,
  topic: string,
  payload: Uint8Array,
  trust: Trust | undefined,
): InboxEvent {
  const channel = topics.parse(topic)?.channel
  if (channel !== 'acks' && channel !== 'tasks') {
    throw new AppError('invalid', `topic ${topic}: expected this runner's tasks or acks`)
  }
  const message = trust ? trust.hear(topic, channel, payload) : asItIs(decode(channel, payload))
  if (message.kind === 'log-ack') {
    const { kind, task, attempt, next_seq: nextSeq } = message
    return { kind, task, attempt, nextSeq }
  }
  if (message.kind === 'decline') {
    const { kind, nonce, retry_ms: retryMs, reason } = message
    return { kind, nonce, retryMs, reason }
  }
  if (message.kind !== 'welcome') return message
  const { kind, nonce, session, attempts: verdicts, contested = false } = message
  const { review = [], recorded = [], clear_cache: clearCache } = message
  const { heartbeat_ms: heartbeatMs, reconnect_ms: reconnectMs } = message
  const aside = { reconnectMs, contested, recorded, clearCache }
  return { kind, nonce, session, heartbeatMs, verdicts, review, ...aside }
}

function asItIs(message: TasksMessage | AcksMessage): Heard {
  if (message.kind !== 'sealed-grant') return message
  throw new AppError(
    'invalid',
    'sealed-grant: expected a grant in clear, as no server key is known',
  )
}
