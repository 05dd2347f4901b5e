import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  nextWait,
  retryAfter,
  runnerSchedule,
  scheduleOf,
  webhookSchedule,
} from '../../../../server/feed/webhooks/schedule.ts'

const none = () => 0
const most = () => 0.999_999

test('the published schedule, then never again', () => {
  const waits = webhookSchedule.map((_, index) => nextWait(webhookSchedule, index + 1, none))
  const hours = (count: number) => count * 3_600_000
  assert.deepEqual(waits, [
    5_000,
    300_000,
    1_800_000,
    hours(2),
    hours(5),
    hours(10),
    hours(14),
    hours(20),
    hours(24),
    undefined,
  ])
  assert.equal(nextWait(webhookSchedule, 99, none), undefined)
})

test('jitter adds up to a tenth and never shortens a wait', () => {
  assert.equal(nextWait(webhookSchedule, 1, most), 5_500)
  assert.equal(
    nextWait(webhookSchedule, 2, () => 0.5),
    315_000,
  )
})

test("a runner's webhook is given up after four tries, a test after one", () => {
  assert.equal(scheduleOf('runner.start'), runnerSchedule)
  assert.equal(scheduleOf('runner.finish').length, 4)
  assert.equal(scheduleOf('webhook.test').length, 1)
  assert.equal(scheduleOf('task.finished'), webhookSchedule)
})

test('Retry-After in seconds and as a date, never over a day, never back in time', () => {
  const now = Date.parse('2026-11-24T12:00:00Z')
  const table: [header: string | undefined, wait: number | undefined][] = [
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['86400', 86_400_000],
    ['99999999999999999999', 86_400_000],
    ['Tue, 24 Nov 2026 12:01:30 GMT', 90_000],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
    ['Thu, 24 Nov 2033 12:00:00 GMT', 86_400_000],
  ]
  for (const [header, wait] of table) assert.equal(retryAfter(header, now), wait, header)
})
