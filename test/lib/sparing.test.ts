import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Sparing } from '../../lib/sparing.ts'

function sparing(most?: number) {
  let now = 0
  const clock = { monotonic: () => now }
  const one = new Sparing({ everyMs: 60_000, clock, ...(most && { most }) })
  const after = (ms: number, what: string) => {
    now += ms
    return one.happened(what)
  }
  return after
}

test('the same is said once a minute, with how often it happened; another thing is said at once', () => {
  const after = sparing()
  assert.equal(after(0, 'a'), 1)
  assert.deepEqual([after(1_000, 'a'), after(1_000, 'a'), after(0, 'b')], [0, 0, 1])
  assert.equal(after(58_000, 'a'), 3)
  assert.equal(after(59_999, 'a'), 0)
  assert.equal(after(600_000, 'a'), 2)
})

test('a flood of names is forgotten, the oldest first', () => {
  const after = sparing(2)
  for (const what of ['a', 'b', 'c']) assert.equal(after(1, what), 1)
  assert.deepEqual([after(1, 'b'), after(1, 'c'), after(1, 'a')], [0, 0, 1])
})
