import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { localTimes } from '../../cli/local-times.ts'

const { TZ } = process.env
before(() => {
  process.env.TZ = 'Europe/Berlin'
})
after(() => {
  if (TZ === undefined) delete process.env.TZ
  else process.env.TZ = TZ
})

test('times are told as the clock on the wall says them, with the day unless it is today', () => {
  const now = new Date('2026-11-24T12:00:00Z')
  const told = (text: string) => localTimes(text, now)
  assert.equal(told('since 2026-11-24T11:03:09Z'), 'since 12:03:09')
  assert.equal(told('2026-11-24T11:03:09.123Z, and 2026-11-23T23:30:00Z'), '12:03:09, and 00:30:00')
  assert.equal(told('at 2026-07-01T10:00:00Z'), 'at 2026-07-01 12:00:00')
  assert.equal(told('branch 2026-11-24 of main'), 'branch 2026-11-24 of main')
})
