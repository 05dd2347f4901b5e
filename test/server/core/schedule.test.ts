import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Planned, plan, planNext, replan, type Timing } from '../../../server/core/schedule.ts'

const at = Date.parse
const noon = at('2026-11-29T12:00:00Z')
const three: Timing = {
  type: '',
  cron_format: '0 3 * * *',
  timezone: null,
  run_at: null,
  active: true,
}
const once: Timing = { ...three, type: 'run_at', cron_format: '', run_at: noon + 60_000 }

function planned(change: Partial<Planned> = {}): Planned {
  return { ...three, ...plan(three, 'UTC', noon), last_run: null, ...change }
}

test('a new schedule: by its own zone, else by that of the server; none while it is off', () => {
  assert.deepEqual(plan(three, 'UTC', noon), { zone: 'UTC', next_run: at('2026-11-30T03:00:00Z') })
  assert.deepEqual(plan({ ...three, timezone: 'Asia/Tokyo' }, 'UTC', noon), {
    zone: 'Asia/Tokyo',
    next_run: at('2026-11-29T18:00:00Z'),
  })
  assert.deepEqual(plan({ ...three, active: false }, 'UTC', noon), { zone: 'UTC', next_run: null })
  assert.equal(plan(once, 'UTC', noon).next_run, noon + 60_000)
})

test('one that can never run is refused, unless it is off', () => {
  const never = { ...three, cron_format: '0 0 30 2 *' }
  assert.throws(() => plan(never, 'UTC', noon), {
    message: 'cron_format: expected times that come, got "0 0 30 2 *"',
  })
  const past = { ...once, run_at: noon }
  assert.throws(() => plan(past, 'UTC', noon), {
    message: 'run_at: expected a time to come, got 2026-11-29T12:00:00.000Z',
  })
  assert.throws(() => plan({ ...once, run_at: null }, 'UTC', noon), { message: /got nothing$/ })
  assert.equal(plan({ ...past, active: false }, 'UTC', noon).next_run, null)
})

test('after a run the next time is one to come, however many were missed', () => {
  const late = at('2026-12-24T04:00:00Z')
  assert.equal(planNext(planned(), late).next_run, at('2026-12-25T03:00:00Z'))
  const single = { ...planned(), ...once, next_run: noon + 60_000 }
  assert.equal(planNext(single, noon + 60_000).next_run, null)
})

test('what runs every so often goes on from its last time, not from the moment of its run', () => {
  const every = { ...planned(), cron_format: '@every 5m', next_run: noon }
  assert.equal(planNext(every, noon + 7).next_run, noon + 300_000)
  assert.equal(planNext(every, noon + 301_000).next_run, noon + 600_000)
  assert.deepEqual(replan(every, 'UTC', noon + 7), { zone: 'UTC', next_run: noon })
})

test('a start keeps what is planned, and what is overdue', () => {
  assert.deepEqual(replan(planned(), 'UTC', noon), plan(three, 'UTC', noon))
  const overdue = planned()
  assert.deepEqual(replan(overdue, 'UTC', noon + 7 * 86_400_000), plan(three, 'UTC', noon))
  const single = { ...planned(), ...once, next_run: noon - 1 }
  assert.equal(replan(single, 'UTC', noon).next_run, noon - 1)
})

test("the server's zone is another: what follows it moves, what has its own does not", () => {
  assert.deepEqual(replan(planned(), 'Asia/Tokyo', noon), {
    zone: 'Asia/Tokyo',
    next_run: at('2026-11-29T18:00:00Z'),
  })
  const own = { ...three, timezone: 'UTC' }
  const kept = { ...planned(), ...own, ...plan(own, 'UTC', noon) }
  assert.deepEqual(replan(kept, 'Asia/Tokyo', noon), plan(own, 'UTC', noon))
})

test('a clock that was a year ahead planned too late; one that was a second ahead did not', () => {
  const wrong = at('2027-11-29T12:00:00Z')
  const ahead = planned({ ...plan(three, 'UTC', wrong), last_run: wrong - 9 * 3_600_000 })
  assert.equal(replan(ahead, 'UTC', noon).next_run, at('2026-11-30T03:00:00Z'))
  const ran = at('2026-11-30T03:00:01Z')
  const right = planned({ ...plan(three, 'UTC', ran), last_run: ran })
  const back = at('2026-11-30T02:59:59Z')
  assert.equal(replan(right, 'UTC', back).next_run, at('2026-12-01T03:00:00Z'), 'it has run')
})
