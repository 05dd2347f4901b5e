import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Leases } from '../../../server/ingest/leases.ts'

const fleet = (leaseMs: number, returnMs = 0) => ({ leaseMs, returnMs })

function leases(usualMs: number) {
  let now = 1000
  const clock = { now: () => 0, monotonic: () => now, sleep: async () => {} }
  const advance = (ms: number) => {
    now += ms
  }
  return { leases: new Leases(clock, fleet(usualMs)), advance }
}

test('a lease runs out once, so long after the last word', () => {
  const { leases: all, advance } = leases(60)
  all.heard(1)
  advance(60)
  all.heard(2)
  assert.deepEqual(all.lapsed(), [])
  advance(1)
  assert.deepEqual(all.lapsed(), [1])
  assert.deepEqual(all.lapsed(), [])
  advance(5)
  assert.deepEqual(all.silent(), [[1, 5]])
  all.heard(1)
  assert.deepEqual(all.silent(), [])
})

test('each has the lease of its own welcome: the fleet may have grown or shrunk since', () => {
  const { leases: all, advance } = leases(60)
  all.begin(1, fleet(170))
  all.begin(2, fleet(60))
  advance(61)
  assert.deepEqual(all.lapsed(), [2])
  advance(109)
  all.heard(1)
  advance(170)
  assert.deepEqual(all.lapsed(), [])
  advance(1)
  assert.deepEqual(all.lapsed(), [1])
})

test('while nobody could be heard nobody was silent: lease and grace begin anew', () => {
  const { leases: all, advance } = leases(60)
  all.heard(1)
  advance(61)
  assert.deepEqual(all.lapsed(), [1])
  all.heard(2)
  advance(1_000)
  all.restart()
  assert.deepEqual(all.silent(), [])
  advance(60)
  assert.deepEqual(all.lapsed(), [])
  advance(1)
  assert.deepEqual(all.lapsed().sort(), [1, 2])
  advance(5)
  assert.deepEqual(
    all.silent().map(([, ms]) => ms),
    [5, 5],
  )
})

test('a fleet that was cut off has the time that it needs to come back, and then a lease', () => {
  const { leases: all, advance } = leases(60)
  all.restart(fleet(100, 30))
  all.expect(1)
  advance(130)
  assert.deepEqual(all.lapsed(), [])
  advance(1)
  assert.deepEqual(all.lapsed(), [1])
  all.begin(2, fleet(120, 40))
  all.restart()
  advance(160)
  assert.deepEqual(all.lapsed(), [], 'as large as it was seen last')
  advance(1)
  assert.deepEqual(all.lapsed().sort(), [1, 2])
})

test('for how long one is silent beyond its lease, and for how long it may be', () => {
  const { leases: all, advance } = leases(60)
  all.restart(fleet(60, 30))
  assert.deepEqual([all.silentMs(1), all.silentMs(2)], [-90, -90])
  all.heard(1)
  advance(80)
  assert.deepEqual([all.silentMs(1), all.silentMs(2)], [20, -10])
  assert.deepEqual(all.lapsed(), [1])
  assert.equal(all.silentMs(1), 0, 'from when it was noticed')
  advance(7)
  assert.equal(all.silentMs(1), 7)
})
