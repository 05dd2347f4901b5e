import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { scrollTo, tallest, windowOf } from '../../web/log/window.ts'

const rowHeight = 20

test('what is in sight is drawn, and little more', () => {
  const sight = { scrollTop: 4000, height: 600, total: 1000, rowHeight }
  assert.deepEqual(windowOf(sight), { first: 180, end: 251, top: 3600, fullHeight: 20_000 })
  assert.deepEqual(windowOf({ ...sight, total: 0, scrollTop: 0 }).end, 0)
})

test('of a list of any length every row can be reached, where it stands', () => {
  const lists = fc.record({
    total: fc.integer({ min: 1, max: 20_000_000 }),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(lists, ({ total, at }) => {
      const list = { height: 600, total, rowHeight }
      const index = Math.min(total - 1, Math.floor(at * total))
      const scrollTop = scrollTo(list, index)
      const { first, end, top, fullHeight } = windowOf({ ...list, scrollTop })
      assert.ok(fullHeight <= tallest)
      assert.ok(first <= index && index < end, `${index} is not within ${first}..${end}`)
      assert.ok(end - first <= 72)
      const stands = top + (index - first) * rowHeight - scrollTop
      assert.ok(stands > -1 && stands <= 600 - rowHeight + 1, `row ${index} stands at ${stands}`)
    }),
  )
})

test('the end of a list is its last row', () => {
  for (const total of [10, 31, 1_000_000, 5_000_000]) {
    const fullHeight = Math.min(total * rowHeight, tallest)
    const scrollTop = Math.max(0, fullHeight - 600)
    assert.equal(windowOf({ scrollTop, height: 600, total, rowHeight }).end, total)
  }
})
