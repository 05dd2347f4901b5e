import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { alarmsUp, clearAlarm, listAlarms, raiseAlarm } from '../../../server/store/alarms.ts'
import type { Change } from '../../../server/store/changes.ts'
import { openTempStore } from './temp-store.ts'

async function open(t: TestContext) {
  const { store, runner } = await openTempStore(t)
  const told: Change[] = []
  const ending = new AbortController()
  t.after(() => ending.abort())
  store.changes.listen((change) => told.push(change), ending.signal)
  return {
    store,
    runner,
    told,
    raise: (text: string, now: number) =>
      store.commit((tx) => raiseAlarm(tx, runner, 'clock', text, now)),
    clear: (now: number) => store.commit((tx) => clearAlarm(tx, runner, 'clock', now)),
  }
}

test('an alarm is told once, counted while it is up, and begins anew after it was cleared', async (t) => {
  const { store, runner, told, raise, clear } = await open(t)
  const row = { runner_id: runner, kind: 'clock' }
  await raise('6 min ahead', 1)
  await raise('7 min ahead', 2)
  const up = { ...row, text: '7 min ahead', first_at: 1, last_at: 2, times: 2, cleared_at: null }
  assert.deepEqual(await alarmsUp(store.read), [up])
  const raised = { kind: 'alarm', runner, alarm: 'clock', text: '6 min ahead' }
  assert.deepEqual(told.splice(0), [raised])

  assert.equal(await clear(3), true)
  assert.equal(await clear(4), false)
  assert.deepEqual(told.splice(0), [{ ...raised, text: null }])
  assert.deepEqual(await alarmsUp(store.read), [])
  assert.deepEqual(await listAlarms(store.read, runner), [{ ...up, cleared_at: 3 }])

  await raise('8 min ahead', 5)
  const again = { ...row, text: '8 min ahead', first_at: 5, last_at: 5, times: 1, cleared_at: null }
  assert.deepEqual(await listAlarms(store.read, runner), [again])
  assert.deepEqual(told, [{ ...raised, text: '8 min ahead' }])
})

test('the alarms of a runner go with it', async (t) => {
  const { store, runner, raise } = await open(t)
  await raise('6 min ahead', 1)
  await store.commit(({ db }) => db('runners').where({ id: runner }).delete())
  assert.deepEqual(await listAlarms(store.read, runner), [])
})
