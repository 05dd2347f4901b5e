import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cadenceOf } from '../../../server/core/cadence.ts'

const settings = { leaseMs: 60_000, beatsPerSec: 50, returnsPerSec: 100 }

test('a fleet that is not large has the lease of the configuration, whatever its size', () => {
  for (const runners of [0, 1, 10, 700]) {
    const { heartbeatMs, leaseMs } = cadenceOf(runners, settings)
    assert.equal(leaseMs, 60_000)
    assert.ok(heartbeatMs > 14_000 && heartbeatMs < 15_000, `${heartbeatMs}`)
  }
})

test('a large fleet sends no more heartbeats a second than it may, and is waited for longer', () => {
  const { heartbeatMs, leaseMs } = cadenceOf(1_000, settings)
  assert.deepEqual([heartbeatMs, leaseMs], [20_000, 85_000])
  for (const runners of [800, 2_000, 10_000]) {
    const { heartbeatMs } = cadenceOf(runners, settings)
    assert.ok((runners / heartbeatMs) * 1000 <= 50)
  }
})

test('three heartbeats may be lost and the fourth comes in time, in a fleet of any size', () => {
  for (const runners of [1, 500, 5_000, 50_000]) {
    const { heartbeatMs, leaseMs } = cadenceOf(runners, { ...settings, leaseMs: 5_000 })
    assert.ok(4.2 * heartbeatMs <= leaseMs, `${runners}: ${heartbeatMs} of ${leaseMs}`)
  }
})

test('a fleet that was cut off at once comes back at a hundred a second, the smallest within a second', () => {
  const back = (runners: number) => cadenceOf(runners, settings).reconnectMs
  assert.deepEqual([1, 100, 500, 2_000].map(back), [1_000, 1_000, 5_000, 20_000])
  assert.equal(back(1_000_000), 120_000, 'but nobody is kept away for longer')
  const { returnMs } = cadenceOf(1_000_000, settings)
  assert.equal(returnMs, 10_000_000, 'though so many cannot all be heard by then')
})
