import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '../../../../lib/errors.ts'
import {
  judgeAnswer,
  judgeFailure,
  judgeInterrupted,
} from '../../../../server/feed/webhooks/judge.ts'
import type { Claimed } from '../../../../server/store/outbox.ts'

const now = 1_000_000
const at = { now, random: () => 0, receiverWorks: false }

function delivery(change: Partial<Claimed> = {}): Claimed {
  return {
    id: 1,
    message_id: 'msg_1',
    lane: 'webhook 1',
    webhook_id: 1,
    project_id: 1,
    event: 'task.finished',
    body: '{}',
    tries: 1,
    created: 0,
    url: 'https://a.example/',
    secret: 'sealed',
    ...change,
  }
}

function answer(status: number, retryAfter?: string) {
  return { status, retryAfter, snippet: 'said' }
}

test('any 2xx is a delivery', () => {
  for (const status of [200, 201, 204, 299]) {
    assert.deepEqual(judgeAnswer(delivery(), answer(status), at), {
      state: 'delivered',
      next_try: null,
      last_status: status,
      last_error: null,
      last_answer: 'said',
    })
  }
})

test('anything else is tried again as the schedule says', () => {
  for (const status of [300, 302, 400, 401, 404, 429, 500, 502, 503, 504]) {
    const outcome = judgeAnswer(delivery({ tries: 2 }), answer(status), at)
    assert.equal(outcome.state, 'pending')
    assert.equal(outcome.next_try, now + 300_000)
    assert.match(outcome.last_error ?? '', new RegExp(`^expected a 2xx status, got ${status}`))
  }
})

test('a redirect says that it is not followed', () => {
  const { last_error } = judgeAnswer(delivery(), answer(301), at)
  assert.equal(
    last_error,
    'expected a 2xx status, got 301: redirects are not followed, give the final address',
  )
})

test('410 switches the webhook off at once', () => {
  const outcome = judgeAnswer(delivery(), answer(410), at)
  assert.equal(outcome.state, 'failed')
  assert.equal(outcome.switch_off, 'the receiver answered 410 Gone')
})

test('Retry-After lengthens a wait, never shortens it, and holds up the whole lane', () => {
  const longer = judgeAnswer(delivery(), answer(429, '600'), at)
  assert.deepEqual([longer.next_try, longer.hold], [now + 600_000, now + 600_000])
  const shorter = judgeAnswer(delivery({ tries: 2 }), answer(503, '1'), at)
  assert.deepEqual([shorter.next_try, shorter.hold], [now + 300_000, now + 1_000])
})

test('after the last try the webhook is switched off, unless others arrive there', () => {
  const last = delivery({ tries: 10 })
  const dead = judgeFailure(last, new Error('connect ECONNREFUSED'), at)
  assert.equal(dead.state, 'failed')
  assert.equal(dead.switch_off, '10 tries failed, the last one: connect ECONNREFUSED')
  const picky = judgeAnswer(last, answer(500), { ...at, receiverWorks: true })
  assert.deepEqual([picky.state, picky.switch_off], ['failed', undefined])
})

test("neither a runner's webhook nor a test message switches anything off", () => {
  const runner = delivery({ webhook_id: null, event: 'runner.start', tries: 4 })
  assert.deepEqual(judgeFailure(runner, new Error('no'), at), {
    state: 'failed',
    next_try: null,
    last_status: null,
    last_answer: null,
    last_error: 'no',
  })
  assert.equal(judgeAnswer(runner, answer(410), at).switch_off, undefined)
  const asked = judgeAnswer(delivery({ event: 'webhook.test' }), answer(500), at)
  assert.deepEqual([asked.state, asked.switch_off], ['failed', undefined])
})

test('an error is told as one line with what to do', () => {
  const error = new AppError('forbidden', 'a.example is a private address', { fix: 'use another' })
  const { last_error } = judgeFailure(delivery(), error, at)
  assert.equal(last_error, 'a.example is a private address; use another')
})

test('what our own stop interrupted is due at once, even after the last try', () => {
  const outcome = judgeInterrupted(now)
  assert.deepEqual([outcome.state, outcome.next_try], ['pending', now])
})
