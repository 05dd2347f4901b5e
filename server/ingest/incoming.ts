/** A message off the wire, decoded and addressed; bad ones are refused here with one line in the log. */
import { type Chunk, decode, decodeBody, decodeChunk, decodeSigned } from '../../broker/codec.ts'
import type {
  Heartbeat,
  Hello,
  MessageOf,
  ResultBody,
  StateMessage,
} from '../../broker/messages.ts'
import { expectSigned } from '../../broker/seal/signed.ts'
import type { Voice } from '../../broker/seal/voice.ts'
import { knownSummary } from '../../broker/summary.ts'
import type { Topics } from '../../broker/topics.ts'
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

export interface Reading {
  topics: Topics
  voice: Pick<Voice, 'keysOf'>
}

/**
 * @param now wall clock when it arrived, ms
 * @throws AppError `invalid` when it is no message of the wire, `forbidden` when it is not its runner's
 */
export function parseIncoming(
  { topics, voice }: Reading,
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
      const to = { kind: 'attempt', runner, task, attempt } as const
      if (channel === 'log') return { ...to, said: chunkOf(payload) }
      if (channel === 'state') return { ...to, said: decode('state', payload) }
      const text = signedBy(voice.keysOf(runner)?.sign, topic, payload)
      return { ...to, said: resultOf(decode('result', text)) }
    }
    default:
      throw new AppError('invalid', `topic ${topic}: expected one that a runner writes to`)
  }
}

/**
 * A result carries the digest of the whole log, so it speaks for all that came before it.
 * @param key of the runner; undefined = it has none, and signs nothing
 * @returns what was signed. @throws AppError `forbidden` if it is not signed by `key`
 */
function signedBy(key: string | undefined, topic: string, payload: Uint8Array): Uint8Array {
  if (key === undefined) return payload
  const signed = decodeSigned('result', payload)
  if (signed === undefined) {
    throw new AppError('forbidden', 'result: expected one that its runner has signed, got another')
  }
  expectSigned(topic, signed, key)
  return Buffer.from(signed.text)
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
