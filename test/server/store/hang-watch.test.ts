import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HangWatch } from '../../../server/store/hang-watch.ts'
import { StandingClock } from '../feed/webhooks/outbox-world.ts'

/** Counts the timers that were set, and those that still run. */
class CountingClock extends StandingClock {
  timers = 0
  running = 0

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.timers += 1
    this.running += 1
    await super.sleep(ms, signal).finally(() => {
      this.running -= 1
    })
  }
}

const never = () => new Promise<never>(() => {})

function watched() {
  const clock = new CountingClock()
  return { clock, watch: new HangWatch(clock) }
}

test('what is done in time gives its value or its error, and a thousand share one timer', async () => {
  const { clock, watch } = watched()
  for (let work = 0; work < 1000; work += 1) {
    assert.equal(await watch.within(Promise.resolve(work)), work)
  }
  const wrong = new Error('wrong')
  await assert.rejects(watch.within(Promise.reject(wrong)), wrong)
  assert.equal(clock.timers, 1)
})

test('one that hangs is given up after 120 s of its own, not of the timer that was set before it', async () => {
  const { clock, watch } = watched()
  await watch.within(Promise.resolve())
  clock.advance(119_000)
  const hung = watch.within(never())
  let settled = false
  const end = () => {
    settled = true
  }
  hung.then(end, end)
  clock.advance(119_999)
  await new Promise(setImmediate)
  assert.equal(settled, false)
  clock.advance(1)
  await assert.rejects(hung, { code: 'internal', message: /not done within 120 s/ })
})

test('after one that hung the next is watched as well', async () => {
  const { clock, watch } = watched()
  for (let time = 0; time < 2; time += 1) {
    const hung = watch.within(never())
    clock.advance(120_000)
    await assert.rejects(hung, { code: 'internal' })
  }
  assert.equal(await watch.within(Promise.resolve('next')), 'next')
})

test('closed, it leaves no timer that would keep a process', async () => {
  const { clock, watch } = watched()
  await watch.within(Promise.resolve())
  assert.equal(clock.running, 1)
  watch.close()
  await new Promise(setImmediate)
  assert.equal(clock.running, 0)
})
