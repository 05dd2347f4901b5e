import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rounds } from '../../lib/rounds.ts'

test('what comes while a round is awaited is for it, what comes while it runs for the next', async () => {
  const ending = new AbortController()
  let begin = () => {}
  let finish = () => {}
  let rounds = 0
  const sleep = (_: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      begin = resolve
      if (signal?.aborted) reject(signal.reason)
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
  let running = () => {}
  const runs = () => new Promise<void>((resolve) => (running = resolve))
  const run = () => {
    rounds += 1
    running()
    return new Promise<void>((resolve) => (finish = resolve))
  }
  const under = new Rounds({ everyMs: 1, run, clock: { sleep }, signal: ending.signal })
  await under.idle()
  assert.equal(rounds, 0, 'nothing to do')

  under.wake()
  under.wake()
  let now = runs()
  begin()
  await now
  under.wake()
  const idle = under.idle()
  finish()
  // The next round, which is waited for no longer.
  now = runs()
  ending.abort()
  await now
  finish()
  await idle
  assert.equal(rounds, 2)

  now = runs()
  under.wake()
  await now
  finish()
  await under.idle()
  assert.equal(rounds, 3, 'at once, when nothing is to be waited for')
})
