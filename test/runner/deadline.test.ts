import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startDeadline } from '../../runner/deadline.ts'

/** Its sleeps end at once, and take as long as they are asked to. */
function clockFrom(start: number) {
  const sleeps: number[] = []
  let now = start
  const clock = {
    now: () => 0,
    monotonic: () => now,
    async sleep(ms: number) {
      sleeps.push(ms)
      now += ms
    },
  }
  return { clock, sleeps }
}

test('it comes after so many seconds, in sleeps that a timer can take', async () => {
  const { clock, sleeps } = clockFrom(0.25)
  await new Promise<void>((resolve) => {
    const deadline = startDeadline(9_000, clock, () => {
      assert.ok(deadline.passed)
      resolve()
    })
    assert.equal(deadline.passed, false)
  })
  assert.deepEqual(sleeps, [3_600_000, 3_600_000, 1_800_000])
})

test('what is left is slept for in whole ms, however the clock rounds', async () => {
  // 68,004.00195297546 ms + a rest of 7e-12 ms is the same number.
  const { clock, sleeps } = clockFrom(0.1 + 0.2)
  await new Promise<void>((resolve) => {
    startDeadline(0.0005, clock, resolve)
  })
  assert.deepEqual(sleeps, [1])
})

test('none for 0, and none once it is closed', async () => {
  const { clock, sleeps } = clockFrom(0)
  const act = () => assert.fail('it came')
  startDeadline(0, clock, act)
  assert.deepEqual(sleeps, [])
  const waiting = { ...clock, sleep: () => Promise.reject(new Error('aborted')) }
  startDeadline(1, waiting, act).close()
})
