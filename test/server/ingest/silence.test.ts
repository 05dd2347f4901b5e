/** D7: whose silence is judged, and what is nobody's: a time in which nobody could be heard. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jump, pass } from './passing.ts'
import { Station } from './station.ts'

const minute = 60_000
/** Of a fleet that is not large, and what it needs to come back. */
const [leaseMs, returnMs] = [60_000, 1_000]

test('a large fleet is told to speak rarely, and is waited for so much longer', async (t) => {
  const station = await Station.open(t)
  const { runner } = station.world
  await growTo(station, 1_000)
  await station.hello(runner)
  const [welcome] = station.heard()
  assert.ok(welcome?.kind === 'welcome')
  assert.deepEqual([welcome.heartbeat_ms, welcome.reconnect_ms], [20_000, 10_000])
  await pass(station.world, 80_000)
  assert.equal((await station.runner(runner)).online, true)
  await pass(station.world, 20_000)
  assert.equal((await station.runner(runner)).online, false)
})

test('after a start a large fleet has the time that it needs to come back, and its own lease', async (t) => {
  const before = await Station.open(t)
  const { id } = await before.running()
  await growTo(before, 1_000)
  const station = before.startedAgain()
  await read(station)
  assert.equal(station.ingest.silentMs(before.world.runner), -95_000)
  await pass(station.world, 90_000)
  assert.equal((await station.task(id.task)).status, 'running')
  await pass(station.world, 20_000)
  assert.equal((await station.task(id.task)).status, 'unreachable')
})

test('while the broker is away nobody is silent, and at its return all have a whole lease', async (t) => {
  const station = await Station.open(t)
  const { id } = await station.running()
  station.connected = false
  await pass(station.world, 30 * minute)
  assert.equal((await station.task(id.task)).status, 'running')
  station.connected = true
  station.ingest.onConnect()
  await pass(station.world, leaseMs)
  assert.equal((await station.task(id.task)).status, 'running')
  await pass(station.world, 20_000)
  assert.equal((await station.task(id.task)).status, 'unreachable')
})

test('a broker that was gone for a moment only has lost all its runners, too', async (t) => {
  const station = await Station.open(t)
  const { id, runner } = await station.running()
  await pass(station.world, 50_000)
  station.ingest.onConnect()
  assert.equal(station.ingest.silentMs(runner), -leaseMs - returnMs)
  await pass(station.world, leaseMs)
  assert.equal((await station.task(id.task)).status, 'running')
})

test('a server that was frozen takes nobody for silent, and gives nobody up', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  await pass(station.world, 10_000)
  await jump(station.world, 30 * minute)
  assert.equal((await station.task(id.task)).status, 'running')
  await pass(station.world, 50_000)
  assert.equal((await station.task(id.task)).status, 'running')
  station.heartbeat(runner, session)
  await station.ingest.idle()
  assert.equal(station.ingest.silentMs(runner), -leaseMs)
})

test('who was silent before has lease and grace anew after such a time', async (t) => {
  const station = await Station.open(t)
  const { id, runner } = await station.running()
  await pass(station.world, 5 * minute)
  assert.equal((await station.task(id.task)).status, 'unreachable')
  await jump(station.world, 30 * minute)
  assert.equal((await station.task(id.task)).status, 'unreachable')
  assert.equal(station.ingest.silentMs(runner), -leaseMs - returnMs)
  await pass(station.world, 11 * minute)
  assert.equal((await station.task(id.task)).status, 'unreachable')
  await pass(station.world, 30_000)
  const { status, reason } = await station.task(id.task)
  assert.deepEqual([status, reason], ['error', `runner ${runner} stopped responding`])
})

test('frozen in the middle of a look: what is left of it is not judged', async (t) => {
  const station = await Station.open(t)
  const { id } = await station.running()
  await pass(station.world, 60_000)
  const { store } = station
  const { commit } = store
  const frozen: Promise<unknown>[] = []
  Object.assign(store, {
    commit(work: Parameters<typeof commit>[0]) {
      if (frozen.length === 0) station.world.clock.advance(30 * minute)
      const done = commit(work)
      frozen.push(done)
      return done
    },
  })
  await jump(station.world, 10_000)
  await Promise.all(frozen)
  assert.ok(frozen.length > 0)
  assert.equal((await station.task(id.task)).status, 'unreachable')
})

test('a template that wants to wait no longer is heard of while its runner is silent', async (t) => {
  const station = await Station.open(t)
  const { id } = await station.running()
  await setPolicy(station, 'wait')
  await pass(station.world, 30 * minute)
  assert.equal((await station.task(id.task)).status, 'unreachable')
  await setPolicy(station, 'fail')
  await station.store.commit(async ({ emit }) => emit({ kind: 'rules' }))
  await pass(station.world, 20_000)
  assert.equal((await station.task(id.task)).status, 'error')
})

test('a runner whose attempt a person has decided on is waited for, also one that is away', async (t) => {
  const station = await Station.open(t)
  const { id, runner } = await station.running()
  await setPolicy(station, 'wait')
  await pass(station.world, 30 * minute)
  await setPolicy(station, 'fail')
  await station.store.commit(async ({ emit }) => emit({ kind: 'identify', runner }))
  await pass(station.world, 10 * minute)
  assert.equal((await station.task(id.task)).status, 'unreachable')
  await pass(station.world, 2 * minute)
  assert.equal((await station.task(id.task)).status, 'error')
})

async function setPolicy({ store }: Station, silence_policy: string): Promise<void> {
  await store.commit(({ db }) => db('templates').update({ silence_policy }))
}

/** All that the ingest reads when it begins. */
async function read({ store }: Station): Promise<void> {
  for (let reads = 0; reads < 3; reads += 1) await store.read('runners').first('id')
}

async function growTo({ store }: Station, runners: number): Promise<void> {
  await store.commit(({ db }) =>
    db.raw(
      `WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO runners (name, token_hash, created) SELECT i, i, 1 FROM n`,
      [runners],
    ),
  )
}
