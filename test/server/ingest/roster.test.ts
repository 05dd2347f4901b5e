import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Roster } from '../../../server/ingest/roster.ts'
import type { Change } from '../../../server/store/changes.ts'
import { listRunners } from '../../../server/store/runners.ts'
import { Station } from './station.ts'

test('many that change alike are written in one statement, and told one by one', async (t) => {
  const station = await Station.open(t)
  const { store } = station
  const told: Change[] = []
  store.changes.listen((change) => told.push(change), AbortSignal.any([]))
  const ids = [station.world.runner]
  for (const name of ['a', 'b', 'c']) ids.push((await station.addRunner(name)).id)
  told.length = 0
  let statements = 0
  const written = await store.commit(async (tx) => {
    tx.db.on('query', () => {
      statements += 1
    })
    const roster = await Roster.open(tx, ids)
    for (const id of ids) roster.change(id, { online: true })
    roster.change(ids[0] as number, { online: false })
    assert.equal(roster.get(ids[0] as number)?.online, false)
    await roster.flush()
    await roster.flush()
    return statements
  })
  assert.equal(written, 3, 'read, three that are online, one that is not')
  const online = (await listRunners(store.read)).map((row) => row.online)
  assert.deepEqual(online, [false, true, true, true])
  assert.deepEqual(told.map((change) => change.kind === 'runner' && change.runner).sort(), ids)
})

test('that a runner was heard is written and wakes nobody', async (t) => {
  const station = await Station.open(t)
  const { store, world } = station
  const session = await station.hello(world.runner)
  const told: Change[] = []
  store.changes.listen((change) => told.push(change), AbortSignal.any([]))
  world.clock.advance(1_000)
  station.heartbeat(world.runner, session)
  await station.ingest.idle()
  assert.deepEqual(told, [])
  assert.equal((await station.runner(world.runner)).touched, world.clock.now())
  const unacked = [{ task: 7, attempt: 2, bytes: 48_000 }]
  for (const more of [{ unacked }, {}]) {
    station.heartbeat(world.runner, session, more)
    await station.ingest.idle()
    assert.deepEqual((await station.runner(world.runner)).unacked, more.unacked ?? [])
    assert.deepEqual(told, [])
  }
  station.heartbeat(world.runner, session, { accepting: false, reason: 'its disk is full' })
  await station.ingest.idle()
  assert.deepEqual(told, [{ kind: 'runner', runner: world.runner }])
  const { accepting, pause_reason } = await station.runner(world.runner)
  assert.deepEqual([accepting, pause_reason], [false, 'its disk is full'])
  station.heartbeat(world.runner, session)
  await station.ingest.idle()
  assert.equal((await station.runner(world.runner)).pause_reason, null)
})
