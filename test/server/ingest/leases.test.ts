import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Leases } from '../../../server/ingest/leases.ts'

function leases(usualMs: number) {
  let now = 1000
  const clock = { now: () => 0, monotonic: () => now, sleep: async () => {} }
  const advance = (ms: number) => {
    now += ms
  }
  return { leases: new Leases(clock, usualMs), advance }
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
  all.begin(1, 170)
  all.begin(2, 60)
  advance(61)
  assert.deepEqual(all.lapsed(), [2])
  advance(109)
  all.heard(1)
  advance(170)
  assert.deepEqual(all.lapsed(), [])
  advance(1)
  assert.deepEqual(all.lapsed(), [1])
})

test('while nobody could be heard nobody was silent', () => {
  const { leases: all, advance } = leases(60)
  all.heard(1)
  advance(61)
  assert.deepEqual(all.lapsed(), [1])
  all.heard(2)
  advance(1_000)
  all.restart()
  assert.deepEqual(all.silent(), [[1, 0]])
  advance(60)
  assert.deepEqual(all.lapsed(), [])
  advance(1)
  assert.deepEqual(all.lapsed(), [2])
})
