import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { generate, type Packet } from 'mqtt-packet'
import { beforeConnack, watchFrames } from '../../../broker/embedded/frames.ts'

const connect = generate({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  clientId: '1',
  keepalive: 60,
})
const publish = (bytes: number): Buffer =>
  generate({
    cmd: 'publish',
    topic: 't',
    payload: Buffer.alloc(bytes),
    qos: 1,
    messageId: 1,
    dup: false,
    retain: false,
  } as Packet)

test('a CONNECT that announces 256 MB is refused by its first five bytes', () => {
  const reason = watchFrames().see(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))
  assert.match(reason ?? '', /268435455 bytes, at most 16384/)
})

test('many small packets before the CONNACK add up', () => {
  const frames = watchFrames()
  assert.equal(frames.see(connect), undefined)
  assert.equal(frames.see(publish(8_000)), undefined)
  assert.match(frames.see(publish(9_000)) ?? '', /more than 16384 bytes before/)
})

test('the first packet is a CONNECT or the last', () => {
  assert.match(watchFrames().see(publish(1)) ?? '', /not an MQTT CONNECT/)
  assert.match(watchFrames().see(Buffer.from('GET / HTTP/1.1')) ?? '', /not an MQTT CONNECT/)
})

test('a length of five bytes is refused', () => {
  const reason = watchFrames().see(Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x01]))
  assert.match(reason ?? '', /more than four bytes/)
})

test('once admitted, only the length of each packet counts, wherever the stream is cut', () => {
  const limit = 2_000
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 30 }),
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 10 }),
      (sizes, cuts) => {
        const frames = watchFrames()
        assert.equal(frames.see(connect), undefined)
        frames.admit(limit)
        // Topic, its length and the packet id: 5 bytes of each packet.
        const allowed = sizes.every((size) => size + 5 <= limit)
        const stream = Buffer.concat(sizes.map(publish))
        let reason: string | undefined
        for (let at = 0, n = 0; at < stream.length && !reason; n += 1) {
          const cut = cuts[n % cuts.length] as number
          reason = frames.see(stream.subarray(at, at + cut))
          at += cut
        }
        assert.equal(reason === undefined, allowed)
      },
    ),
  )
})

test('a stream far longer than the first allowance passes once admitted', () => {
  const frames = watchFrames()
  frames.see(connect)
  frames.admit(beforeConnack)
  for (let n = 0; n < 100; n += 1) assert.equal(frames.see(publish(10_000)), undefined)
})
