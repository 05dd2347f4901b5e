import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Clock, systemClock } from '../../../lib/clock.ts'
import { RunnerTraffic } from '../../../server/feed/traffic.ts'
import { openSqlite } from '../../../server/store/open.ts'
import { deleteRunner, insertRunner } from '../../../server/store/runners.ts'

const hour = 3_600_000

test('bytes are those of the day, survive the server, and are written seldom', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-traffic-'))
  const store = await openSqlite(join(folder, 'database.sqlite'))
  try {
    let now = Date.UTC(2026, 10, 29, 12)
    // A round begins when the test says so.
    let round = () => {}
    const sleep: Clock['sleep'] = (_, signal) =>
      new Promise((resolve, reject) => {
        round = resolve
        if (signal?.aborted) reject(signal.reason)
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    const clock: Clock = { ...systemClock, now: () => now, sleep }
    const add = (name: string) =>
      store.commit((tx) => insertRunner(tx, { name, token_hash: name, created: now }))
    const [{ id: a }, { id: b }, { id: gone }] = [await add('a'), await add('b'), await add('gone')]
    const rows = () => store.read('runner_traffic').orderBy('runner_id').select()
    const open = async () => {
      const ending = new AbortController()
      const traffic = await RunnerTraffic.open({ store, clock, signal: ending.signal })
      return {
        traffic,
        async end() {
          ending.abort()
          await traffic.close()
        },
      }
    }

    const first = await open()
    for (let n = 0; n < 1000; n += 1) first.traffic.heard(a, 100)
    first.traffic.heard(gone, 7)
    await store.commit((tx) => deleteRunner(tx, gone))
    assert.deepEqual(await rows(), [], 'nothing is written by a message')
    round()
    await first.traffic.close()
    const day = Math.floor(now / (24 * hour))
    assert.deepEqual(await rows(), [{ runner_id: a, day, bytes: 100_000 }])
    first.traffic.heard(b, 5)
    await first.end()
    assert.equal((await rows()).length, 2, 'what is not written yet is written at the end')

    const second = await open()
    assert.deepEqual([second.traffic.of(a), second.traffic.of(b)], [100_000, 5])
    second.traffic.heard(a, 1)
    assert.equal(second.traffic.of(a), 100_001)
    now += 24 * hour
    assert.equal(second.traffic.of(a), 0)
    second.traffic.heard(b, 3)
    await second.end()
    const third = await open()
    assert.deepEqual([third.traffic.of(a), third.traffic.of(b)], [0, 3])
    await third.end()
  } finally {
    await store.close()
    await rm(folder, { recursive: true })
  }
})
