import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Space } from '../../lib/free-space.ts'
import { type RoomOptions, watchRoom } from '../../runner/room.ts'
import { Shortages } from '../../runner/shortages.ts'
import { EventLog, StandingClock } from '../server/feed/webhooks/outbox-world.ts'

const size = 10_000

async function watch(t: TestContext, options: Partial<RoomOptions> = {}) {
  const ending = new AbortController()
  t.after(() => ending.abort())
  const disks: Record<string, Space | undefined> = {
    '/data': { free: 500, size },
    '/tmp': { free: 500, size },
  }
  const told: (string | null)[] = []
  const shortages = new Shortages((reason) => told.push(reason))
  const [clock, log] = [new StandingClock(), new EventLog()]
  const space = async (path: string) => disks[path]
  const folders = ['/data', '/tmp']
  const { signal } = ending
  const context = { folders, minFree: 100, space, shortages, clock, log, signal, ...options }
  await watchRoom(context)
  const look = async () => {
    clock.advance(5_000)
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate)
  }
  return { disks, told, log, look }
}

test('nothing new is taken while one of the disks is nearly full', async (t) => {
  const { disks, told, log, look } = await watch(t)
  assert.deepEqual(told, [])
  disks['/tmp'] = { free: 99, size }
  await look()
  assert.deepEqual(told, ['too little space is left at /tmp'])
  disks['/tmp'] = { free: 119, size }
  await look()
  assert.equal(told.length, 1, 'a fifth more is wanted before it goes on')
  disks['/tmp'] = { free: 120, size }
  await look()
  assert.deepEqual(told.slice(1), [null])
  assert.deepEqual(
    log.events.map(({ event }) => event),
    ['nothing new is taken: too little space is left', 'there is room for tasks again'],
  )
})

test('it is known before the first hello, and said once a minute', async (t) => {
  const space = async () => ({ free: 99, size })
  const { told, log, look } = await watch(t, { space, folders: ['/data'] })
  assert.deepEqual(told, ['too little space is left at /data'])
  for (let looks = 0; looks < 12; looks += 1) await look()
  assert.equal(log.events.length, 2)
})

test('of a small disk a twentieth is enough; 0 turns it off', async (t) => {
  assert.deepEqual((await watch(t, { minFree: 100_000 })).told, [])
  const off = await watch(t, { minFree: 0 })
  off.disks['/data'] = { free: 0, size }
  await off.look()
  assert.deepEqual(off.told, [])
})
