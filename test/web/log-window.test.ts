import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Heights } from '../../web/log/heights.ts'
import { anchorOf, scrollTo, scrollToAnchor, tallest, windowOf } from '../../web/log/window.ts'

const rowHeight = 20
const heights = new Heights(rowHeight)

test('what is in sight is drawn, and little more', () => {
  const sight = { scrollTop: 4000, height: 600, total: 1000, heights }
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
      const list = { height: 600, total, heights }
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
    assert.equal(windowOf({ scrollTop, height: 600, total, heights }).end, total)
  }
})

const higher = fc.array(
  fc.record({ row: fc.integer({ min: 0, max: 1999 }), lines: fc.integer({ min: 1, max: 9 }) }),
  { maxLength: 50 },
)

test('rows that are higher than a line stand one below the other', () => {
  fc.assert(
    fc.property(higher, (rows) => {
      const heights = new Heights(rowHeight)
      const lines = new Map<number, number>()
      for (const { row, lines: count } of rows) {
        assert.equal(heights.set(row, count * rowHeight), (lines.get(row) ?? 1) !== count)
        lines.set(row, count)
      }
      let top = 0
      for (let row = 0; row < 2000; row += 1) {
        assert.equal(heights.topOf(row), top)
        assert.equal(heights.rowAt(top), row)
        top += (lines.get(row) ?? 1) * rowHeight
        assert.equal(heights.rowAt(top - 1), row)
      }
      assert.equal(heights.extra, top - 2000 * rowHeight)
      assert.equal(heights.rowAt(top + 100_000), 2000 + 5000)
    }),
  )
})

test('what one looks at stays in sight when rows above it turn out to be higher', () => {
  fc.assert(
    fc.property(higher, fc.integer({ min: 0, max: 38_000 }), (rows, scrollTop) => {
      const heights = new Heights(rowHeight)
      const list = { height: 600, total: 2000, heights }
      const before = anchorOf({ ...list, scrollTop })
      for (const { row, lines } of rows) if (row < before.row) heights.set(row, lines * rowHeight)
      const anchored = scrollToAnchor(list, before)
      assert.deepEqual(anchorOf({ ...list, scrollTop: anchored }), before)
      const { first, end, top } = windowOf({ ...list, scrollTop: anchored })
      assert.ok(first <= before.row && before.row < end)
      assert.equal(
        top + heights.topOf(before.row) - heights.topOf(first) + before.above,
        anchored,
        'it is drawn at the top of what is in sight',
      )
    }),
  )
})
