/** A message off the wire, decoded and addressed; bad ones are refused here with one line in the log. */
import { type Chunk, decode, decodeBody, decodeChunk } from '../../broker/codec.ts'
import type { Hello, ResultBody, StateMessage } from '../../broker/messages.ts'
import type { Topics } from '../../broker/topics.ts'
import { AppError } from '../../lib/errors.ts'

/** What one attempt says. */
export type AttemptMessage =
  | Exclude<StateMessage, never>
  | { kind: 'result'; session: number; result: ResultBody }
  | { kind: 'chunk'; session: number; chunk: Chunk; raw: Uint8Array }

export type Incoming =
  | { kind: 'hello'; runner: number; hello: Hello }
  | { kind: 'heartbeat'; runner: number; session: number; accepting: boolean }
  | { kind: 'presence'; runner: number; nonce: string; online: boolean }
  | { kind: 'attempt'; runner: number; task: number; attempt: number; said: AttemptMessage }

/** @throws AppError `invalid` when it is no message of the wire. */
export function parseIncoming(topics: Topics, topic: string, payload: Uint8Array): Incoming {
  const address = topics.parse(topic)
  switch (address?.channel) {
    case 'hello': {
      const message = decode('hello', payload)
      const { runner } = address
      if (message.kind === 'hello') return { kind: 'hello', runner, hello: message }
      return { kind: 'heartbeat', runner, session: message.session, accepting: message.accepting }
    }
    case 'presence': {
      const { nonce, online } = decode('presence', payload)
      return { kind: 'presence', runner: address.runner, nonce, online }
    }
    case 'state':
    case 'result':
    case 'log': {
      const { runner, task, attempt, channel } = address
      const said = channel === 'log' ? chunkOf(payload) : decode(channel, payload)
      return { kind: 'attempt', runner, task, attempt, said }
    }
    default:
      throw new AppError('invalid', `topic ${topic}: expected one that a runner writes to`)
  }
}

function chunkOf(payload: Uint8Array): AttemptMessage {
  const chunk = decodeChunk(payload)
  return { kind: 'chunk', session: chunk.session, chunk, raw: decodeBody(chunk) }
}
