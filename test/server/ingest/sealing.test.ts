/** Who must not be given a job in clear is given none, and says why. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makePair, publicOf } from '../../../runner/disk/keyring.ts'
import { type KeysOnRecord, whyNoJob } from '../../../server/core/sealing.ts'
import { updateRunner } from '../../../server/store/runners.ts'
import { Station } from './station.ts'

test('runners.require_sealed keeps jobs from runners without keys, a replaced token from all', () => {
  const keys = publicOf(makePair())
  const may = (record: KeysOnRecord, required: boolean) => whyNoJob(record, required) === undefined
  assert.deepEqual([may(null, false), may(keys, false), may('awaited', false)], [true, true, false])
  assert.deepEqual([may(null, true), may(keys, true), may('awaited', true)], [false, true, false])
})

test('whoever comes with a new token and no keys yet is passed by, whatever it says of itself', async (t) => {
  const station = await Station.open(t)
  const { runner } = station.world
  await station.store.commit((tx) => updateRunner(tx, runner, { keys: 'awaited' }))
  const session = await station.hello(runner)
  await station.addTask()
  assert.deepEqual(await station.offer(), [])
  station.heartbeat(runner, session)
  await station.ingest.idle()
  assert.deepEqual(await station.offer(), [])
  assert.match((await station.runner(runner)).pause_reason ?? '', /keys are not on record yet/)

  await station.store.commit((tx) => updateRunner(tx, runner, { keys: publicOf(makePair()) }))
  station.heartbeat(runner, session)
  await station.ingest.idle()
  assert.equal((await station.offer()).length, 1)
})
