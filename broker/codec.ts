/** Bytes <-> message, both ways, with the limits of the wire. Errors name path, expected and got. */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { Compile, type Validator } from 'typebox/compile'
import { AppError } from '../lib/errors.ts'
import { ChunkHeader, type Part } from './chunk.ts'
import { channels, type JsonChannel, type MessageOf } from './messages.ts'
import { Signed } from './seal/messages.ts'

const fromServer = 8_388_608
/** What goes with a job: keys, a signature, and how the key that made it came to be. */
const sealing = 16_384

export const limits = {
  /** A log message on the wire, header and body. */
  chunkMessage: 16_384,
  /** Bytes of log in one chunk, decoded; leaves room for the header when it does not compress. */
  chunkBytes: 15_360,
  /** Any message that a runner sends. */
  fromRunner: 1_048_576,
  /** Any message that the server sends: a grant with its inventory. */
  fromServer,
  /** A job, as JSON: sealed it travels as base64, which is a third longer. */
  job: Math.floor(((fromServer - sealing) * 3) / 4),
} as const

export interface Chunk extends Omit<ChunkHeader, 'v' | 'kind'> {
  /** As it travelled: still encoded. `decodeBody` gives the log's own bytes. */
  body: Uint8Array
}

const validators = new Map<string, Validator>()
for (const [channel, schemas] of Object.entries(channels)) {
  for (const schema of schemas) {
    validators.set(`${channel}/${schema.properties.kind.const}`, Compile(schema))
  }
}
const chunkHeader = Compile(ChunkHeader)
const signed = Compile(Signed)
const utf8 = new TextDecoder('utf-8', { fatal: true })

export function encode<C extends JsonChannel>(_channel: C, message: MessageOf<C>): string {
  return JSON.stringify(message)
}

/** @throws AppError `invalid` if the payload is no message that `channel` may carry. */
export function decode<C extends JsonChannel>(channel: C, payload: Uint8Array): MessageOf<C> {
  if (payload.length > limits.fromServer) {
    throw invalid(channel, `expected at most ${limits.fromServer} bytes, got ${payload.length}`)
  }
  const message = parseJson(channel, payload)
  const { v, kind } = message
  if (v !== 1) throw invalid(channel, `expected protocol version 1, got ${JSON.stringify(v)}`)
  const validator = validators.get(`${channel}/${String(kind)}`)
  if (validator === undefined) {
    const known = channels[channel].map((schema) => schema.properties.kind.const).join(', ')
    throw invalid(channel, `expected kind ${known}, got ${JSON.stringify(kind)}`)
  }
  check(channel, validator, message)
  return message as unknown as MessageOf<C>
}

/**
 * What is around a message that is signed; its `text` is for `decode`, once the signature is looked at.
 * @returns undefined if the payload is not signed. @throws AppError `invalid` if it says so and is not
 */
export function decodeSigned(channel: JsonChannel, payload: Uint8Array): Signed | undefined {
  const message = parseJson(channel, payload)
  if (message.kind !== 'signed') return undefined
  check(channel, signed, message)
  return message as unknown as Signed
}

/** Of a line or two of text deflate makes nothing smaller; the try costs more than all else here, bytes. */
const worthDeflating = 64

/** Header as JSON, a newline, the body. @param bytes 1 to `limits.chunkBytes` of log or of a file */
export function encodeChunk(
  header: Pick<ChunkHeader, 'session' | 'seq' | 'at'> & { part?: Part | undefined },
  bytes: Uint8Array,
): Uint8Array {
  const deflated = bytes.length < worthDeflating ? bytes : deflateRawSync(bytes, { level: 4 })
  const smaller = deflated.length < bytes.length
  const full: ChunkHeader = {
    v: 1,
    kind: 'chunk',
    session: header.session,
    seq: header.seq,
    ...(header.part && { part: header.part }),
    at: header.at,
    bytes: bytes.length,
    encoding: smaller ? 'deflate' : 'identity',
  }
  return Buffer.concat([Buffer.from(`${JSON.stringify(full)}\n`), smaller ? deflated : bytes])
}

/** @throws AppError `invalid`; a body that does not decode to `bytes` bytes is refused here too. */
export function decodeChunk(payload: Uint8Array): Chunk {
  if (payload.length > limits.chunkMessage) {
    throw invalid('log', `expected at most ${limits.chunkMessage} bytes, got ${payload.length}`)
  }
  const newline = payload.indexOf(10)
  if (newline < 0) throw invalid('log', 'expected a JSON header and a newline, got no newline')
  const header = parseJson('log', payload.subarray(0, newline))
  if (header.v !== 1) {
    throw invalid('log', `expected protocol version 1, got ${JSON.stringify(header.v)}`)
  }
  check('log', chunkHeader, header)
  const { session, seq, part, at, bytes, encoding } = header as unknown as ChunkHeader
  const told = { session, seq, ...(part && { part }), at, bytes, encoding }
  const chunk = { ...told, body: payload.subarray(newline + 1) }
  decodeBody(chunk)
  return chunk
}

/** The log's own bytes. @throws AppError `invalid` if they are not `chunk.bytes` many. */
export function decodeBody(chunk: Pick<Chunk, 'bytes' | 'encoding' | 'body'>): Uint8Array {
  const raw = chunk.encoding === 'identity' ? chunk.body : inflate(chunk.body, chunk.bytes)
  if (raw.length !== chunk.bytes) {
    throw invalid('log', `expected a body of ${chunk.bytes} bytes, got ${raw.length}`)
  }
  return raw
}

function inflate(body: Uint8Array, bytes: number): Uint8Array {
  try {
    return inflateRawSync(body, { maxOutputLength: bytes })
  } catch (cause) {
    throw new AppError('invalid', `log: expected a deflated body of ${bytes} bytes`, { cause })
  }
}

function parseJson(channel: string, payload: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(payload))
  } catch {
    throw invalid(channel, 'expected a JSON object in UTF-8, got something else')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(channel, 'expected a JSON object, got another JSON value')
  }
  return value as Record<string, unknown>
}

function check(channel: string, validator: Validator, message: Record<string, unknown>): void {
  const kind = String(message.kind)
  if (validator.Check(message)) return
  const [first] = validator.Errors(message)
  const path = first?.instancePath.replaceAll('/', '.').slice(1) || 'message'
  throw invalid(channel, `${kind}: ${path} ${first?.message ?? 'is not valid'}`)
}

function invalid(channel: string, message: string): AppError {
  return new AppError('invalid', `${channel}: ${message}`)
}
