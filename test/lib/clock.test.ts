import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { systemClock } from '../../lib/clock.ts'

test('a sleep takes its time by the monotonic clock', async () => {
  const before = systemClock.monotonic()
  await systemClock.sleep(20)
  assert.ok(systemClock.monotonic() - before >= 18)
})

test('a sleep ends with the reason of its signal, whenever that came', async () => {
  const abort = new AbortController()
  const reason = new Error('stopped')
  const sleeping = systemClock.sleep(60_000, abort.signal)
  abort.abort(reason)
  await assert.rejects(sleeping, reason)
  await assert.rejects(systemClock.sleep(60_000, abort.signal), reason)
})

test('a sleep that is over leaves no listener behind', async () => {
  const { signal } = new AbortController()
  await systemClock.sleep(0, signal)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})
