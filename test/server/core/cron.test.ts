import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cronTimes } from '../../../server/core/cron.ts'
import { isTimeZone } from '../../../server/core/time-zone.ts'

const berlin = 'Europe/Berlin'

/** The first times after one, as ISO 8601. */
function times(cron: string, zone: string, after: string, count = 3): string[] {
  return cronTimes(cron, zone, Date.parse(after), count).map((at) => new Date(at).toISOString())
}

test('the days on which the clocks are set', () => {
  for (const [what, cron, zone, after, expected] of [
    [
      'a time that is left out comes right after the jump, once',
      '30 2 * * *',
      berlin,
      '2026-03-28T12:00:00Z',
      ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z', '2026-03-31T00:30:00.000Z'],
    ],
    [
      'a time of day that comes twice counts once',
      '30 2 * * *',
      berlin,
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z', '2026-10-27T01:30:00.000Z'],
    ],
    [
      'each hour is each real hour, ahead',
      '0 * * * *',
      berlin,
      '2026-03-29T00:00:00Z',
      ['2026-03-29T01:00:00.000Z', '2026-03-29T02:00:00.000Z', '2026-03-29T03:00:00.000Z'],
    ],
    [
      'and back',
      '0 * * * *',
      berlin,
      '2026-10-24T23:00:00Z',
      ['2026-10-25T00:00:00.000Z', '2026-10-25T01:00:00.000Z', '2026-10-25T02:00:00.000Z'],
    ],
    [
      'a midnight that is none',
      '@daily',
      'America/Santiago',
      '2026-09-05T12:00:00Z',
      ['2026-09-06T04:00:00.000Z', '2026-09-07T03:00:00.000Z', '2026-09-08T03:00:00.000Z'],
    ],
    [
      'half an hour',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T00:00:00Z',
      ['2026-10-03T15:30:00.000Z', '2026-10-04T15:15:00.000Z', '2026-10-05T15:15:00.000Z'],
    ],
  ] as const) {
    assert.deepEqual(times(cron, zone, after), expected, what)
  }
})

test('each time found from the one before is the next, never the same again', () => {
  let at = Date.parse('2026-10-24T00:00:00Z')
  const seen: number[] = []
  while (seen.length < 100) {
    at = cronTimes('*/20 * * * *', berlin, at, 1)[0] as number
    seen.push(at)
  }
  assert.deepEqual(
    seen.map((one, index) => one - (seen[index - 1] ?? one)).slice(1),
    Array(99).fill(20 * 60_000),
  )
})

test('names, ranges, steps and nicknames; day of month or day of week', () => {
  const after = '2026-11-29T17:00:30Z'
  assert.deepEqual(times('*/15 8-9 * * mon-fri', 'UTC', after, 2), [
    '2026-11-30T08:00:00.000Z',
    '2026-11-30T08:15:00.000Z',
  ])
  assert.deepEqual(times('@hourly', 'UTC', after, 1), ['2026-11-29T18:00:00.000Z'])
  assert.deepEqual(times('  0   0  13 * 5 ', 'UTC', after, 2), [
    '2026-12-04T00:00:00.000Z',
    '2026-12-11T00:00:00.000Z',
  ])
  assert.deepEqual(times('0 0 30 2 *', 'UTC', after), [], 'a day that never comes')
})

test('@every counts from the last time, and leaves out what has passed', () => {
  const after = '2026-11-29T17:00:30Z'
  assert.deepEqual(times('@every 1h30m', berlin, after, 2), [
    '2026-11-29T18:30:30.000Z',
    '2026-11-29T20:00:30.000Z',
  ])
  const at = Date.parse(after)
  assert.deepEqual(cronTimes(' @every  90s ', 'UTC', at, 1, at - 100), [at - 100 + 90_000])
  assert.deepEqual(cronTimes('@every 1.5m', 'UTC', at, 1, at - 900_000), [at + 90_000])
})

test('a time zone in the format counts before that of the schedule', () => {
  for (const prefix of ['TZ', 'CRON_TZ']) {
    assert.deepEqual(times(`${prefix}=Asia/Tokyo 0 3 * * *`, berlin, '2026-11-29T12:00:00Z', 1), [
      '2026-11-29T18:00:00.000Z',
    ])
  }
})

test('what is no cron format says so', () => {
  for (const cron of [
    '',
    '* * * *',
    '* * * * * *',
    '61 * * * *',
    '@every',
    '@every 1d',
    '@every 0s',
    '@every 0.5s',
    '@every 99999999999h',
    '@every 5m x',
    '@reboot',
    'x',
    '*/0 * * * *',
    '2026-11-30T00:00:00',
    'CRON_TZ=Mars/Olympus 0 0 * * *',
    'TZ= 0 0 * * *',
    'TZ=UTC',
  ]) {
    assert.throws(
      () => cronTimes(cron, 'UTC', 0, 1),
      {
        code: 'invalid',
        message: /^cron_format: expected minute, hour, day, month and day of the week, or @hourly/,
      },
      cron,
    )
  }
})

test('time zones by name', () => {
  for (const zone of ['UTC', berlin, 'America/Argentina/Buenos_Aires']) assert.ok(isTimeZone(zone))
  for (const zone of ['', '+02:00', 'Mars/Olympus', 'berlin']) assert.ok(!isTimeZone(zone), zone)
})
