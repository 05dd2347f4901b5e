import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backlog, backlogLimits } from '../../../server/ingest/backlog.ts'
import type { Incoming } from '../../../server/ingest/incoming.ts'
import { EventLog, StandingClock } from '../feed/webhooks/outbox-world.ts'

function openBacklog() {
  const clock = new StandingClock()
  const log = new EventLog()
  const backlog = new Backlog(clock, log)
  /** @returns how many of `count` messages were let in */
  const fill = (count: number, message: (index: number) => Incoming = heartbeat): number => {
    let added = 0
    for (let index = 0; index < count; index += 1) {
      if (!backlog.hasRoom()) continue
      backlog.add(message(index))
      added += 1
    }
    return added
  }
  return { backlog, clock, fill, said: () => log.events.map(({ fields }) => fields) }
}

const heartbeat = (session: number): Incoming => ({
  kind: 'heartbeat',
  runner: 1,
  aheadMs: undefined,
  beat: { v: 1, kind: 'heartbeat', session, accepting: true },
})

function chunk(seq: number, raw: Uint8Array): Incoming {
  const header = { session: 1, seq, at: 0, bytes: raw.length, encoding: 'identity' } as const
  const said = { kind: 'chunk', session: 1, chunk: { ...header, body: raw }, raw } as const
  return { kind: 'attempt', runner: 1, task: 1, attempt: 1, said }
}

test('it keeps the order, also of what is put back', () => {
  const { backlog, fill } = openBacklog()
  fill(5)
  const taken = backlog.take(2)
  assert.deepEqual(taken, [heartbeat(0), heartbeat(1)])
  backlog.putBack(taken)
  assert.deepEqual(backlog.take(10), [0, 1, 2, 3, 4].map(heartbeat))
  assert.equal(backlog.size, 0)
})

test('so many messages at most, and what is dropped is said with its count', () => {
  const { backlog, fill, clock, said } = openBacklog()
  const { messages } = backlogLimits
  assert.equal(fill(messages + 7), messages)
  assert.deepEqual(said(), [{ dropped: 1, waiting: messages }])
  clock.advance(60_000)
  assert.equal(fill(3), 0)
  assert.deepEqual(said()[1], { dropped: 7, waiting: messages })
  backlog.take(messages - 1)
  assert.equal(said().length, 2)
  backlog.take(1)
  assert.deepEqual(said().slice(2), [{ dropped: 2, waiting: 0 }])
  assert.equal(fill(1), 1)
})

test('so many bytes of log at most', () => {
  const { backlog, fill } = openBacklog()
  const raw = new Uint8Array(65_536)
  const fits = backlogLimits.bytes / (2 * raw.length)
  assert.equal(
    fill(fits + 5, (seq) => chunk(seq, raw)),
    fits,
  )
  backlog.putBack(backlog.take(fits))
  assert.equal(fill(1), 0)
  backlog.take(1)
  assert.equal(fill(1), 1)
})
