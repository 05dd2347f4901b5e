/** The uplink over a link that is slow and loses nothing: what it then must not do is say all twice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeChunk, encode, limits } from '../../../broker/codec.ts'
import { createTopics } from '../../../broker/topics.ts'
import { silentLog } from '../../../lib/log.ts'
import { Uplink } from '../../../runner/link/uplink.ts'
import { Life, Timeline } from '../../kit/timeline.ts'
import { result } from '../core/machine.ts'

const topics = createTopics()
const chunks = 100

/** @param chunkMs how long the link takes for one message */
async function uploadOver(chunkMs: number, logs: number) {
  const timeline = new Timeline()
  const sent: string[] = []
  let queued = 0
  let longestQueue = 0
  let free = 0
  let done = 0
  const deliver = (topic: string, payload: Uint8Array | string) => {
    const { task, channel } = topics.parse(topic) as { task: number; channel: string }
    if (channel === 'log') return uplink.acked(task, 1, decodeChunk(payload as Uint8Array).seq + 1)
    done += 1
    uplink.detach(task, 1)
  }
  const uplink: Uplink = new Uplink({
    runner: 1,
    topics,
    clock: timeline.clock(new Life()),
    log: silentLog,
    publish(topic, payload) {
      const { task, channel } = topics.parse(topic) as { task: number; channel: string }
      sent.push(`${task} ${channel === 'log' ? decodeChunk(payload as Uint8Array).seq : channel}`)
      longestQueue = Math.max(longestQueue, ++queued)
      free = Math.max(free, timeline.now) + chunkMs
      return new Promise((resolve) => {
        timeline.after(free - timeline.now, () => {
          queued -= 1
          deliver(topic, payload)
          resolve()
        })
      })
    },
  })
  uplink.setSession(1)
  for (let task = 1; task <= logs; task += 1) {
    uplink.attach(task, 1, {
      synced: chunks,
      first: 0,
      bytes: chunks * limits.chunkBytes,
      read: async (seq) => {
        // Later records are read faster: their order on the wire must not come from that.
        await new Promise<void>((resolve) => timeline.after(10 - (seq % 10), resolve))
        return { at: 0, bytes: Buffer.alloc(limits.chunkBytes, seq) }
      },
      linesFrom: () => undefined,
      acked() {},
    })
    uplink.finish(task, 1, { ...result, chunks })
  }
  const tick = () => {
    uplink.tick()
    timeline.after(1000, tick)
  }
  tick()
  while (done < logs) {
    timeline.next()
    await new Promise(setImmediate)
  }
  return { sent, longestQueue }
}

function quietUplink(): Uplink {
  return new Uplink({
    runner: 1,
    topics,
    clock: new Timeline().clock(new Life()),
    log: silentLog,
    publish: async () => {},
  })
}

/** Records of one line each, and of as many bytes as it has records. */
function logOf(synced: number) {
  return {
    synced,
    first: 0,
    get bytes() {
      return this.synced
    },
    linesFrom(seq: number) {
      return this.synced - seq
    },
    read: async () => ({ at: 0, bytes: Buffer.from('\n') }),
    acked() {},
  }
}

for (const chunkMs of [0.1, 300, 3000]) {
  test(`${chunkMs} ms a chunk: each is sent once, in order, and the queue stays short`, async () => {
    const logs = 5
    const { sent, longestQueue } = await uploadOver(chunkMs, logs)
    for (let task = 1; task <= logs; task += 1) {
      const own = sent.filter((one) => one.startsWith(`${task} `))
      const expected = Array.from({ length: chunks }, (_, seq) => `${task} ${seq}`)
      assert.deepEqual(own, [...expected, `${task} result`])
    }
    assert.ok(longestQueue <= 16, `${longestQueue} messages in front of a claim`)
  })
}

test('of a log in review nothing is sent until the server says from where', async () => {
  const sent: (string | number)[] = []
  const uplink = new Uplink({
    runner: 1,
    topics,
    clock: new Timeline().clock(new Life()),
    log: silentLog,
    async publish(topic, payload) {
      const { channel } = topics.parse(topic) as { channel: string }
      sent.push(channel === 'log' ? decodeChunk(payload as Uint8Array).seq : channel)
    },
  })
  const read = async () => ({ at: 0, bytes: Buffer.from('x') })
  uplink.attach(7, 1, { ...logOf(3), read })
  uplink.withhold(7, 1)
  uplink.setSession(1)
  uplink.finish(7, 1, { ...result, chunks: 3 })
  uplink.tick()
  await new Promise(setImmediate)
  assert.equal(sent.length, 0)
  uplink.from(7, 1, 1)
  while (!sent.includes('result')) await new Promise(setImmediate)
  assert.deepEqual(sent, [1, 2, 'result'])
})

test('what a server that goes on from somewhere has is acknowledged: its ack may be lost', () => {
  const uplink = quietUplink()
  const acked: number[] = []
  uplink.attach(2, 1, { ...logOf(8), acked: (seq: number) => acked.push(seq) })
  uplink.from(2, 1, 8)
  assert.deepEqual(acked, [8])
})

test('a log of which a little has waited for a second is told, with its bytes and lines', () => {
  const uplink = quietUplink()
  const log = logOf(0)
  uplink.attach(8, 2, log)
  uplink.tick()
  log.synced = 5
  uplink.grown(8, 2)
  uplink.tick()
  assert.deepEqual(uplink.unacked('heartbeat'), [], 'it may have come this very moment')
  uplink.tick()
  assert.deepEqual(uplink.unacked('heartbeat'), [{ task: 8, attempt: 2, bytes: 5, lines: 5 }])
  uplink.acked(8, 2, 3)
  log.synced = 9
  assert.deepEqual(uplink.unacked('heartbeat'), [{ task: 8, attempt: 2, bytes: 9, lines: 6 }])
  uplink.acked(8, 2, 5)
  assert.deepEqual(uplink.unacked('heartbeat'), [], 'the rest has not waited yet')
  assert.deepEqual(uplink.unacked('hello'), [{ task: 8, attempt: 2, bytes: 9, lines: 4 }])
})

test("how much of an earlier process's log is not acknowledged only the server knows", () => {
  const uplink = quietUplink()
  uplink.attach(7, 1, logOf(40))
  assert.deepEqual(uplink.unacked('heartbeat'), [{ task: 7, attempt: 1, bytes: 40 }])
  uplink.from(7, 1, 30)
  assert.deepEqual(uplink.unacked('heartbeat'), [{ task: 7, attempt: 1, bytes: 40, lines: 10 }])
})

test('a hello tells of a hundred logs at most', () => {
  const uplink = quietUplink()
  for (let task = 10; task < 200; task += 1) uplink.attach(task, 1, logOf(99))
  const unacked = uplink.unacked('hello')
  assert.equal(unacked.length, 100)
  encode('hello', { v: 1, kind: 'heartbeat', session: 1, accepting: true, unacked })
})

test('logs that go up together share the link', async () => {
  const { sent } = await uploadOver(300, 5)
  const early = new Set(sent.slice(0, 50).map((one) => one.split(' ')[0]))
  assert.equal(early.size, 5)
})
