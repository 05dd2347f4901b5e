import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import {
  type Chunk,
  decode,
  decodeBody,
  decodeChunk,
  encode,
  encodeChunk,
  limits,
} from '../../broker/codec.ts'
import { channels, type JsonChannel, type MessageOf } from '../../broker/messages.ts'
import type { AppError } from '../../lib/errors.ts'

for (const channel of Object.keys(channels) as JsonChannel[]) {
  for (const schema of channels[channel] as readonly Schema[]) {
    test(`${channel}: ${schema.properties?.kind?.const} survives the wire`, () => {
      fc.assert(
        fc.property(messageOf(schema), (message) => {
          const bytes = Buffer.from(encode(channel, message as MessageOf<typeof channel>))
          assert.deepEqual(decode(channel, bytes), JSON.parse(JSON.stringify(message)))
        }),
        { numRuns: 30 },
      )
    })
  }
}

test('unknown fields are ignored', () => {
  const message = { v: 1, kind: 'offer', task: 1, attempt: 1, colour: 'green' }
  const decoded = decode('tasks', bytesOf(message))
  assert.equal(decoded.kind, 'offer')
})

const offer = { v: 1, kind: 'offer', task: 1, attempt: 1 }
const faults: [what: string, channel: JsonChannel, payload: Uint8Array, expected: RegExp][] = [
  ['no JSON', 'tasks', Buffer.from('offer'), /tasks: expected a JSON object in UTF-8/],
  ['nothing', 'tasks', Buffer.alloc(0), /expected a JSON object in UTF-8/],
  ['no UTF-8', 'tasks', Buffer.from([0x7b, 0xff, 0x7d]), /expected a JSON object in UTF-8/],
  ['a list', 'tasks', bytesOf([offer]), /expected a JSON object, got another/],
  ['null', 'tasks', bytesOf(null), /expected a JSON object, got another/],
  ['no version', 'tasks', bytesOf({ ...offer, v: undefined }), /version 1, got undefined/],
  ['another version', 'tasks', bytesOf({ ...offer, v: 2 }), /version 1, got 2/],
  ['an unknown kind', 'tasks', bytesOf({ ...offer, kind: 'gift' }), /kind offer, .*got "gift"/],
  ['a kind of another topic', 'acks', bytesOf(offer), /kind log-ack, result-ack, got "offer"/],
  ['a kind from Object', 'tasks', bytesOf({ ...offer, kind: 'constructor' }), /got "constructor"/],
  ['a missing field', 'tasks', bytesOf({ ...offer, task: undefined }), /tasks: offer: .*task/],
  ['a field of another type', 'tasks', bytesOf({ ...offer, task: '1' }), /offer: task .*integer/],
  ['an id of 0', 'tasks', bytesOf({ ...offer, task: 0 }), /offer: task /],
  [
    'an id past 2^53',
    'tasks',
    Buffer.from('{"v":1,"kind":"offer","task":1e300,"attempt":1}'),
    /task/,
  ],
  ['too much', 'tasks', Buffer.alloc(limits.fromServer + 1), /at most 8388608 bytes, got 8388609/],
]
for (const [what, channel, payload, expected] of faults) {
  test(`a message that is ${what} is refused by name`, () => {
    assert.throws(() => decode(channel, payload), isInvalid(expected))
  })
}

test('whatever comes, the answer is a message or an error of ours', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((text) => Buffer.from(text)),
        fc.dictionary(fc.constantFrom('v', 'kind', 'task', 'session'), fc.anything()).map(bytesOf),
      ),
      (payload) => {
        for (const channel of ['tasks', 'acks', 'hello', 'presence', 'state', 'result'] as const) {
          noneButInvalid(() => decode(channel, payload))
        }
        noneButInvalid(() => decodeChunk(payload))
      },
    ),
    { numRuns: 500 },
  )
})

// ---- log chunks ----

const header = { session: 3, seq: 7, at: 1_700_000_000_000 }

test('a chunk of any bytes survives the wire', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: limits.chunkBytes, size: 'max' }),
      fc.record({ session: fc.integer({ min: 1 }), seq: fc.nat(), at: fc.maxSafeNat() }),
      (bytes, header) => {
        const payload = encodeChunk(header, bytes)
        assert.ok(payload.length <= limits.chunkMessage)
        const chunk = decodeChunk(payload)
        const { session, seq, at } = chunk
        assert.deepEqual({ session, seq, at }, { ...header })
        assert.deepEqual(Buffer.from(decodeBody(chunk)), Buffer.from(bytes))
      },
    ),
    { numRuns: 50 },
  )
})

test('the largest chunk fits into one message, even with the largest header', () => {
  const noise = Buffer.from(
    fc.sample(
      fc.uint8Array({ minLength: limits.chunkBytes, maxLength: limits.chunkBytes }),
      1,
    )[0] ?? [],
  )
  const largest = Number.MAX_SAFE_INTEGER
  const payload = encodeChunk({ session: largest, seq: largest, at: largest }, noise)
  assert.ok(payload.length <= limits.chunkMessage, `${payload.length}`)
  assert.deepEqual(Buffer.from(decodeBody(decodeChunk(payload))), noise)
})

test('text is deflated, noise is left as it is', () => {
  const text = decodeChunk(encodeChunk(header, Buffer.from('ok: [host]\n'.repeat(100))))
  assert.equal(text.encoding, 'deflate')
  assert.ok(text.body.length < 100)
  assert.equal(decodeChunk(encodeChunk(header, Buffer.from([1, 2]))).encoding, 'identity')
})

test('a decompression bomb is stopped at the size that it announced', () => {
  const bomb = deflateRawSync(Buffer.alloc(10_000_000))
  assert.ok(bomb.length < limits.chunkMessage)
  const payload = chunkOf({ bytes: 1_000, encoding: 'deflate' }, bomb)
  assert.throws(() => decodeChunk(payload), isInvalid(/expected a deflated body of 1000 bytes/))
  const honest = chunkOf({ bytes: 10_000_000, encoding: 'deflate' }, bomb)
  assert.throws(() => decodeChunk(honest), isInvalid(/bytes/))
})

const chunkFaults: [what: string, payload: Uint8Array, expected: RegExp][] = [
  ['without a newline', Buffer.from('{}'), /a JSON header and a newline/],
  ['with a header that is no JSON', Buffer.from('hello\nx'), /expected a JSON object in UTF-8/],
  ['of another version', chunkOf({ v: 2 }, Buffer.from('x')), /version 1, got 2/],
  ['of another kind', chunkOf({ kind: 'lump' }, Buffer.from('x')), /log: lump: kind/],
  ['with an unknown encoding', chunkOf({ encoding: 'zstd' }, Buffer.from('x')), /encoding/],
  ['with a negative seq', chunkOf({ seq: -1 }, Buffer.from('x')), /seq/],
  ['shorter than announced', chunkOf({ bytes: 2 }, Buffer.from('x')), /a body of 2 bytes, got 1/],
  ['longer than announced', chunkOf({ bytes: 1 }, Buffer.from('xy')), /a body of 1 bytes, got 2/],
  ['without a body', chunkOf({ bytes: 1 }, Buffer.alloc(0)), /a body of 1 bytes, got 0/],
  [
    'deflated to less than announced',
    chunkOf({ bytes: 9, encoding: 'deflate' }, deflateRawSync('x')),
    /a body of 9 bytes, got 1/,
  ],
  [
    'with a body that is not deflated',
    chunkOf({ bytes: 9, encoding: 'deflate' }, Buffer.from([0xff, 0xff])),
    /expected a deflated body/,
  ],
  ['too long', Buffer.alloc(limits.chunkMessage + 1), /at most 16384 bytes, got 16385/],
]
for (const [what, payload, expected] of chunkFaults) {
  test(`a chunk ${what} is refused`, () => {
    assert.throws(() => decodeChunk(payload), isInvalid(expected))
  })
}

/** As much of JSON Schema as our messages use. */
interface Schema {
  type?: string
  const?: unknown
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  patternProperties?: Record<string, Schema>
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
}

/** Any value that the schema allows. */
function messageOf(schema: Schema): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(messageOf))
  if (schema.type === 'null') return fc.constant(null)
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'integer') {
    const { minimum: min = Number.MIN_SAFE_INTEGER, maximum: max = Number.MAX_SAFE_INTEGER } =
      schema
    return fc.integer({ min, max })
  }
  if (schema.type === 'string') {
    if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern))
    const { minLength = 0, maxLength = 100 } = schema
    return fc.string({ minLength, maxLength: Math.min(maxLength, 100) })
  }
  if (schema.items) return fc.array(messageOf(schema.items), { maxLength: 5 })
  if (schema.patternProperties) {
    const [of = {}] = Object.values(schema.patternProperties)
    return fc.dictionary(fc.string(), messageOf(of), { noNullPrototype: true, maxKeys: 5 })
  }
  if (schema.properties) {
    const fields = Object.entries(schema.properties).map(([name, of]) => [name, messageOf(of)])
    return fc.record(Object.fromEntries(fields), {
      requiredKeys: (schema.required ?? []) as never[],
    })
  }
  return fc.jsonValue()
}

function bytesOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value) ?? '')
}

function chunkOf(more: Partial<Record<keyof Chunk | 'v' | 'kind', unknown>>, body: Uint8Array) {
  const full = { v: 1, kind: 'chunk', ...header, bytes: 1, encoding: 'identity', ...more }
  return Buffer.concat([bytesOf(full), Buffer.from('\n'), body])
}

function isInvalid(expected: RegExp) {
  return (error: AppError) => {
    assert.equal(error.code, 'invalid', String(error))
    assert.match(error.line, expected)
    assert.doesNotMatch(error.line, /\n/)
    return true
  }
}

function noneButInvalid(call: () => unknown): void {
  try {
    call()
  } catch (error) {
    assert.equal((error as AppError).code, 'invalid', String(error))
  }
}
