/** Topic -> event: what the server says, decoded; whoever holds the machine acts on it. */
import { decode } from '../../broker/codec.ts'
import type { Topics } from '../../broker/topics.ts'
import { AppError } from '../../lib/errors.ts'
import type { RunnerEvent } from '../core/state.ts'

export type InboxEvent =
  | RunnerEvent
  | { kind: 'log-ack'; task: number; attempt: number; nextSeq: number }

/** @throws AppError `invalid` when it is no message that a server sends. */
export function parseInbox(topics: Topics, topic: string, payload: Uint8Array): InboxEvent {
  const channel = topics.parse(topic)?.channel
  if (channel === 'acks') {
    const message = decode('acks', payload)
    const { task, attempt } = message
    return message.kind === 'log-ack'
      ? { kind: 'log-ack', task, attempt, nextSeq: message.next_seq }
      : { kind: 'result-ack', task, attempt }
  }
  if (channel !== 'tasks') {
    throw new AppError('invalid', `topic ${topic}: expected this runner's tasks or acks`)
  }
  const message = decode('tasks', payload)
  if (message.kind === 'decline') {
    const { kind, nonce, retry_ms: retryMs, reason } = message
    return { kind, nonce, retryMs, reason }
  }
  if (message.kind !== 'welcome') return message
  const { kind, nonce, session, attempts: verdicts, contested = false } = message
  const { review = [], recorded = [] } = message
  const { heartbeat_ms: heartbeatMs, reconnect_ms: reconnectMs } = message
  return { kind, nonce, session, heartbeatMs, reconnectMs, contested, verdicts, review, recorded }
}
