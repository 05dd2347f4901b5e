import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { silentLog } from '../../lib/log.ts'
import type { Agent } from '../../runner/agent.ts'
import type { Jobs } from '../../runner/jobs.ts'
import type { Uplink } from '../../runner/link/uplink.ts'
import { untilOver } from '../../runner/over.ts'
import { StandingClock } from '../server/feed/webhooks/outbox-world.ts'

/** A runner that holds one attempt, whose result nobody takes, and is told to drain. */
function drained(t: TestContext) {
  const clock = new StandingClock()
  const ending = { drain: new AbortController(), cancel: new AbortController() }
  const seen = { ended: 0, over: false }
  const attempts = new Map([['1.1', {}]])
  const jobs = { size: 0, killAll: () => (seen.ended += jobs.size) }
  const done = untilOver({
    runner: 1,
    agent: { state: { accepting: false, attempts, session: 's' }, post() {} } as unknown as Agent,
    jobs: jobs as unknown as Jobs,
    uplink: { undelivered: 0, tick() {} } as unknown as Uplink,
    drain: ending.drain.signal,
    cancel: ending.cancel.signal,
    onStatus() {},
    clock,
    log: silentLog,
  }).then(() => {
    seen.over = true
  })
  t.after(async () => {
    attempts.clear()
    clock.advance(1000)
    await done
  })
  ending.drain.abort()
  return {
    jobs,
    seen,
    cancel: () => ending.cancel.abort(),
    async pass(seconds: number) {
      for (let second = 0; second < seconds; second += 1) {
        await new Promise(setImmediate)
        clock.advance(1000)
      }
      await new Promise(setImmediate)
    },
  }
}

test('a job that is granted after the cancel is ended, too', async (t) => {
  const { jobs, seen, cancel, pass } = drained(t)
  await pass(1)
  cancel()
  assert.equal(seen.ended, 0)
  jobs.size = 1
  await pass(1)
  assert.ok(seen.ended > 0)
})

test('results are waited for from the end of the last job, not from the drain', async (t) => {
  const { jobs, seen, pass } = drained(t)
  await pass(2)
  jobs.size = 1
  await pass(30)
  jobs.size = 0
  await pass(9)
  assert.equal(seen.over, false)
  await pass(3)
  assert.equal(seen.over, true)
})
