import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { Throttle } from '../../../server/http/throttle.ts'

function throttle(limit: number) {
  let now = 0
  const clock = { ...systemClock, monotonic: () => now }
  return {
    throttle: new Throttle(limit, 60_000, clock),
    pass: (ms: number) => {
      now += ms
    },
  }
}

test('the window begins with the first try and ends for all of them', () => {
  const { throttle: one, pass } = throttle(2)
  one.enter('a')
  pass(59_000)
  one.enter('a')
  assert.throws(() => one.enter('a'), { code: 'too_many', retryAfterSec: 1 })
  one.enter('b')
  pass(1000)
  one.enter('a')
})

test('a success forgets the failures before it', () => {
  const { throttle: one } = throttle(1)
  one.enter('a')
  one.forget('a')
  one.enter('a')
  assert.throws(() => one.enter('a'))
})

test('a flood of names does not fill the memory, and costs only the oldest their count', () => {
  const { throttle: one } = throttle(1)
  for (let n = 0; n < 10_001; n++) one.enter(`name ${n}`)
  one.enter('name 0')
  assert.throws(() => one.enter('name 10000'))
})
