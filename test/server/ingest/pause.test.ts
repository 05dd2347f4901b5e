import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resultOf, Station } from './station.ts'

const said = (station: Station) => station.heard().map(({ kind }) => kind)

test('while the database is paused nothing is acknowledged, and nothing that came is lost', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  await station.world.fillDisk()
  for (const seq of [0, 1, 2]) station.chunk(runner, id, session, seq, `line ${seq}\n`)
  station.result(runner, id, session, resultOf(['line 0\n', 'line 1\n', 'line 2\n']))
  await station.ingest.idle()
  assert.deepEqual(said(station), [])
  assert.equal(await station.log(id), '')

  await station.world.makeRoom()
  await station.hears('result-ack')
  assert.equal(await station.log(id), 'line 0\nline 1\nline 2\n')
  assert.equal((await station.task(id.task)).status, 'success')
})

test('a batch whose commit fails is kept, and stored once', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  // Until the connection is opened anew. The chunks are on their way to it when this is found.
  const refused = assert.rejects(
    station.store.commit(({ db }) => db.raw('PRAGMA query_only = ON')),
    { code: 'unavailable' },
  )
  station.chunk(runner, id, session, 0, 'first\n')
  station.chunk(runner, id, session, 1, 'second\n')
  await refused
  await station.ingest.idle()
  assert.ok(station.store.paused)
  assert.deepEqual(said(station), [])
  await station.world.makeRoom()
  await station.hears('log-ack')
  assert.equal(await station.log(id), 'first\nsecond\n')
  assert.deepEqual(said(station), ['log-ack'])
})

test('one message that cannot be stored does not hold up the others', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  await station.store.commit(({ db }) =>
    db.raw(`CREATE TRIGGER poison BEFORE INSERT ON chunks WHEN NEW.task_id = ${id.task}
      BEGIN SELECT RAISE(ABORT, 'poison'); END`),
  )
  const other = await station.running()
  station.chunk(runner, id, session, 0, 'never stored\n')
  station.chunk(runner, other.id, session, 0, 'stored\n')
  station.chunk(runner, other.id, session, 1, 'too\n')
  await station.ingest.idle()
  assert.equal(await station.log(other.id), 'stored\ntoo\n')
  assert.equal(await station.log(id), '')
  assert.deepEqual(
    station.world.log.events.filter(({ event }) => event === 'message not stored').length,
    1,
  )
})

test('D7: a runner is not silent because the server could not listen', async (t) => {
  const station = await Station.open(t)
  const { id, runner } = await station.running()
  const { clock } = station.world
  await station.world.fillDisk()
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 10_000) {
      clock.advance(10_000)
      await new Promise(setImmediate)
    }
  }
  await pass(30 * 60_000)
  clock.advance(5_000)
  await station.world.makeRoom()
  assert.equal(station.ingest.silentMs(runner), -61_000, 'from now on, and not from the last look')
  await pass(50_000)
  await station.store.commit(async () => {})
  assert.equal((await station.task(id.task)).status, 'running')
  assert.deepEqual(
    station.world.log.events.filter(({ event }) => event === 'runner silent'),
    [],
  )
})
