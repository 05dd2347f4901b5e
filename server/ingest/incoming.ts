/** A message off the wire, decoded and addressed; bad ones are refused here with one line in the log. */
import { type Chunk, decode, decodeBody, decodeChunk } from '../../broker/codec.ts'
import type {
  Heartbeat,
  Hello,
  MessageOf,
  ResultBody,
  StateMessage,
} from '../../broker/messages.ts'
import { knownSummary } from '../../broker/summary.ts'
import type { ReplyChannel, Topics } from '../../broker/topics.ts'
import { AppError } from '../../lib/errors.ts'

/** What one attempt says. */
export type AttemptMessage =
  | Exclude<StateMessage, never>
  | { kind: 'result'; session: number; result: ResultBody }
  | { kind: 'chunk'; session: number; chunk: Chunk; raw: Uint8Array }

/** `aheadMs`: how far the runner's wall clock is before ours; undefined if it does not say. */
export type Incoming =
  | { kind: 'hello'; runner: number; aheadMs: number | undefined; hello: Hello }
  | { kind: 'heartbeat'; runner: number; aheadMs: number | undefined; beat: Heartbeat }
  | { kind: 'presence'; runner: number; nonce: string; online: boolean }
  | { kind: 'attempt'; runner: number; task: number; attempt: number; said: AttemptMessage }

/**
 * @param now wall clock when it arrived, ms
 * @throws AppError `invalid` when it is no message of the wire
 */
export function parseIncoming(
  topics: Topics,
  topic: string,
  payload: Uint8Array,
  now: number,
): Incoming {
  const address = topics.parse(topic)
  switch (address?.channel) {
    case 'hello': {
      const message = decode('hello', payload)
      const { runner } = address
      const aheadMs = message.at === undefined ? undefined : message.at - now
      if (message.kind === 'hello') return { kind: 'hello', runner, aheadMs, hello: message }
      return { kind: 'heartbeat', runner, aheadMs, beat: message }
    }
    case 'presence': {
      const { nonce, online } = decode('presence', payload)
      return { kind: 'presence', runner: address.runner, nonce, online }
    }
    case 'state':
    case 'result':
    case 'log': {
      const { runner, task, attempt, channel } = address
      return { kind: 'attempt', runner, task, attempt, said: saidOn(channel, payload) }
    }
    default:
      throw new AppError('invalid', `topic ${topic}: expected one that a runner writes to`)
  }
}

function saidOn(channel: ReplyChannel, payload: Uint8Array): AttemptMessage {
  if (channel === 'log') return chunkOf(payload)
  const message = decode(channel, payload)
  return message.kind === 'result' ? resultOf(message) : message
}

/** A summary that is not known here is left out, so that what is stored can be shown. */
function resultOf({ session, result }: MessageOf<'result'>): AttemptMessage {
  const { summary: told, ...body } = result
  const summary = knownSummary(told)
  return { kind: 'result', session, result: { ...body, ...(summary && { summary }) } }
}

function chunkOf(payload: Uint8Array): AttemptMessage {
  const chunk = decodeChunk(payload)
  return { kind: 'chunk', session: chunk.session, chunk, raw: decodeBody(chunk) }
}
