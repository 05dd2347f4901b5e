import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pace } from '../../broker/pace.ts'

const half = () => 0.5
const lost = (heldMs: number) => ({ heldMs, refused: false })
const unreached = { heldMs: undefined, refused: false }
const refused = { heldMs: undefined, refused: true }

test('the pauses grow from 1 s to 30 s with full jitter', () => {
  const pace = new Pace({ random: half })
  const pauses = Array.from({ length: 7 }, () => pace.next(unreached))
  assert.deepEqual(pauses, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
})

test('who is refused knocks at last once in minutes', () => {
  const pace = new Pace({ random: half })
  const pauses = Array.from({ length: 12 }, () => pace.next(refused))
  assert.deepEqual(pauses.slice(0, 3), [500, 1_000, 2_000])
  assert.deepEqual(pauses.slice(-2), [150_000, 150_000])
})

test('a connection that held begins anew, one that did not goes on', () => {
  const pace = new Pace({ random: half, steadyMs: 10_000 })
  assert.deepEqual(
    [1, 1, 10_001].map(lost).map((one) => pace.next(one)),
    [500, 1_000, 500],
  )
})

test('a link that is cut each second comes back within a second: each connection proved good', () => {
  const pace = new Pace({ random: half, steadyMs: Number.POSITIVE_INFINITY })
  for (let cut = 0; cut < 60; cut += 1) {
    pace.settled()
    assert.equal(pace.next(lost(500)), 500)
  }
})

test('two machines with one id, which never prove good, throw each other out ever more slowly', () => {
  const pace = new Pace({ random: half, steadyMs: Number.POSITIVE_INFINITY })
  const pauses = Array.from({ length: 7 }, () => pace.next(lost(60_000)))
  assert.deepEqual(pauses.slice(-2), [15_000, 15_000])
})

test('a fleet that is cut off at once comes back spread over the time that it was told', () => {
  let calls = 0
  const random = () => (calls++ % 500) / 500
  const pauses = Array.from({ length: 500 }, () => {
    const pace = new Pace({ random })
    pace.spread(5_000)
    return pace.next(lost(500))
  })
  for (let second = 0; second < 5; second += 1) {
    const then = pauses.filter((ms) => Math.floor(ms / 1000) === second)
    assert.equal(then.length, 100)
  }
})

test('a spread longer than the usual cap is kept', () => {
  const pace = new Pace({ random: half })
  pace.spread(100_000)
  assert.deepEqual([pace.next(unreached), pace.next(unreached)], [50_000, 50_000])
})
