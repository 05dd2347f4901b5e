import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoff } from '../../lib/backoff.ts'

test('the bound doubles up to the cap, and the delay is anywhere below it', () => {
  const options = { first: 100, cap: 1000 }
  const bounds = [0, 1, 2, 3, 4, 5].map((attempt) =>
    backoff(attempt, { ...options, random: () => 1 }),
  )
  assert.deepEqual(bounds, [100, 200, 400, 800, 1000, 1000])
  assert.equal(backoff(3, { ...options, random: () => 0 }), 0)
  assert.equal(backoff(3, { ...options, random: () => 0.5 }), 400)
})

test('a try of any number has a finite delay', () => {
  assert.equal(backoff(1e9, { first: 1, cap: 30_000, random: () => 1 }), 30_000)
})
