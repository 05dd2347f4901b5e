import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeSigned } from '../../../broker/codec.ts'
import { makeKey } from '../../../broker/seal/keys.ts'
import { open, seal } from '../../../broker/seal/sealed.ts'
import { expectSigned, sign } from '../../../broker/seal/signed.ts'
import { follow, handOver, isHandedOver, succeed } from '../../../broker/seal/succession.ts'
import { makeVectors } from './vectors.ts'

const forbidden = { code: 'forbidden' }
const topic = 'outstation/v1/runners/7/tasks'
const binding = { topic, session: 12, task: 42, attempt: 1, claim: 1 }

test('the vectors in the documentation are what this code makes', () => {
  const file = join(import.meta.dirname, '../../../docs/seal-vectors.json')
  const known = JSON.parse(readFileSync(file, 'utf8'))
  assert.deepEqual(makeVectors(), known)
  const { sealed, keys, signedByNext } = known
  assert.equal(open(sealed, keys.runner.seal, sealed), sealed.job)
  const { key, via } = signedByNext.message
  const server = follow(keys.server.public, key, via)
  assert.equal(server, keys.nextServer.public)
  expectSigned(signedByNext.topic, signedByNext.message, server)
})

test('a job opens only for its runner, in its grant', () => {
  const [own, other] = [makeKey('x25519'), makeKey('x25519')]
  const sealed = seal('{"job":1}', own.public, binding)
  assert.equal(open(sealed, own, binding), '{"job":1}')
  assert.throws(() => open(sealed, other, binding), forbidden)
  for (const change of [
    { topic: 'outstation/v1/runners/8/tasks' },
    { session: 13 },
    { task: 43 },
    { attempt: 2 },
    { claim: 2 },
  ]) {
    assert.throws(() => open(sealed, own, { ...binding, ...change }), forbidden)
  }
  assert.notEqual(seal('{"job":1}', own.public, binding).box, sealed.box)
})

test('each byte of a sealed job counts', () => {
  const own = makeKey('x25519')
  const sealed = seal('{"job":"with a secret"}', own.public, binding)
  const bytes = Buffer.from(sealed.box, 'base64')
  for (let at = 0; at < bytes.length; at += 1) {
    const box = Buffer.from(bytes)
    box.writeUInt8(box.readUInt8(at) ^ 1, at)
    assert.throws(() => open({ ...sealed, box: box.toString('base64') }, own, binding), forbidden)
  }
  for (let length = 0; length < bytes.length; length += 1) {
    const box = bytes.subarray(0, length).toString('base64')
    assert.throws(() => open({ ...sealed, box }, own, binding), forbidden)
  }
})

test('a signed message with any byte altered is refused', () => {
  const server = makeKey('ed25519')
  const text = JSON.stringify({ v: 1, kind: 'cancel', task: 42, attempt: 1, force: false })
  const payload = Buffer.from(JSON.stringify(sign(topic, text, server)))
  const accepts = (bytes: Uint8Array) => {
    const signed = decodeSigned('tasks', bytes)
    if (signed === undefined) return false
    expectSigned(topic, signed, server.public)
    return true
  }
  assert.equal(accepts(payload), true)
  for (let at = 0; at < payload.length; at += 1) {
    for (const flip of [1, 32]) {
      const altered = Buffer.from(payload)
      altered.writeUInt8(altered.readUInt8(at) ^ flip, at)
      let accepted = false
      try {
        accepted = accepts(altered)
      } catch {
        // As it should.
      }
      assert.equal(accepted, false, `byte ${at}: ${altered}`)
    }
  }
})

test('what is signed counts on its own topic only', () => {
  const server = makeKey('ed25519')
  const signed = sign(topic, 'text', server)
  expectSigned(topic, signed, server.public)
  assert.throws(() => expectSigned(`${topic}x`, signed, server.public), forbidden)
  assert.throws(() => expectSigned(topic, signed, makeKey('ed25519').public), forbidden)
})

test('a chain of keys is followed from wherever one stands, and not by a link that was forged', () => {
  const [first, second, third, thief] = [1, 2, 3, 4].map(() => makeKey('ed25519')) as [
    ReturnType<typeof makeKey>,
    ReturnType<typeof makeKey>,
    ReturnType<typeof makeKey>,
    ReturnType<typeof makeKey>,
  ]
  const chain = [succeed(first, second.public), succeed(second, third.public)]
  const id = sign('t', '', third).key
  for (const known of [first, second, third]) {
    assert.equal(follow(known.public, id, chain), third.public)
  }
  assert.throws(() => follow(thief.public, id, chain), forbidden)
  const forged = { ...succeed(thief, thief.public), by: chain[0]?.by ?? '' }
  assert.throws(() => follow(first.public, sign('t', '', thief).key, [forged]), forbidden)
})

test('keys of a runner are handed over by the old one, to these and no others, of this runner', () => {
  const [old, next] = [makeKey('ed25519'), makeKey('ed25519')]
  const keysOf = (sign: string) => ({ seal: makeKey('x25519').public, sign })
  const [before, after] = [keysOf(old.public), keysOf(next.public)]
  const signature = handOver(7, old, after)
  assert.equal(isHandedOver(7, before, after, signature), true)
  assert.equal(isHandedOver(8, before, after, signature), false)
  assert.equal(isHandedOver(7, before, { ...after, seal: before.seal }, signature), false)
  assert.equal(isHandedOver(7, before, after, handOver(7, next, after)), false)
})
