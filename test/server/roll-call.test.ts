import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../lib/log.ts'
import { callRoll } from '../../server/roll-call.ts'
import { insertRunner } from '../../server/store/runners.ts'
import { openTempStore } from './store/temp-store.ts'

test('a large fleet is asked to say hello, some at a time', async (t) => {
  const { store } = await openTempStore(t)
  await store.commit(async (tx) => {
    await tx.db('runners').delete()
    for (let n = 0; n < 45; n += 1) {
      await insertRunner(tx, { name: `${n}`, token_hash: `${n}`, created: 1 })
    }
  })
  const asked: number[] = []
  const pauses: [asked: number, ms: number][] = []
  await callRoll({
    store,
    postbox: {
      tasks(runner, { kind }) {
        assert.equal(kind, 'identify')
        asked.push(runner)
        return true
      },
      acks: () => false,
    },
    perSec: 10,
    clock: {
      now: () => 0,
      monotonic: () => 0,
      sleep: async (ms) => void pauses.push([asked.length, ms]),
    },
    log: silentLog,
    signal: new AbortController().signal,
  })
  assert.equal(new Set(asked).size, 45)
  assert.deepEqual(pauses, [
    [20, 2_000],
    [40, 2_000],
  ])
})
