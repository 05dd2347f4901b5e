/** Failure 17: one token on two machines, over a real database. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hello, KnownAttempt } from '../../../broker/messages.ts'
import { alarmsUp } from '../../../server/store/alarms.ts'
import { pass } from './passing.ts'
import { Station } from './station.ts'

/** What the hello of a machine says beside its attempts. */
function machine(name: string, connection = 1): Partial<Hello> {
  const installation = { id: `i ${name}`, place: `p ${name}`, host: name }
  return { boot: name, nonce: `${name} ${connection}`, installation }
}

const listed = (id: { task: number; attempt: number }): KnownAttempt[] => [
  { ...id, phase: 'started' },
]

/** A task that runs on pump-1. */
async function open(t: Parameters<typeof Station.open>[0]) {
  const station = await Station.open(t)
  const { runner } = station.world
  station.addresses.set(runner, '10.0.0.7')
  await station.hello(runner, [], machine('pump-1'))
  const { id, session } = await station.running()
  return { station, runner, id, session, alarms: () => alarmsUp(station.store.read) }
}

test('a clone that lists nothing is declined; what the first one runs goes on', async (t) => {
  const { station, runner, id, session, alarms } = await open(t)
  station.addresses.set(runner, '10.0.0.8')
  assert.equal(await station.hello(runner, [], machine('pump-2')), session, 'no session begins')
  const [answer, ...more] = station.heard()
  assert.deepEqual(
    [answer, more],
    [
      {
        to: runner,
        v: 1,
        kind: 'decline',
        nonce: 'pump-2 1',
        retry_ms: 61_000,
        reason: `runner ${runner} is in use on pump-1 (10.0.0.7), and one token is for one installation; stop one of the two, or register this one anew`,
      },
      [],
    ],
  )
  assert.equal((await station.task(id.task)).status, 'running')
  assert.deepEqual(await alarms(), [], 'it may be a machine that was replaced')

  station.addresses.set(runner, '10.0.0.7')
  const next = await station.hello(runner, listed(id), machine('pump-1', 2))
  assert.equal(next, session + 1)
  const [alarm] = await alarms()
  assert.deepEqual([alarm?.kind, alarm?.times], ['cloned', 1])
  assert.match(alarm?.text ?? '', /pump-1 \(10.0.0.7\) and pump-2 \(10.0.0.8\)/)

  station.heard()
  await station.hello(runner, [], machine('pump-2', 2))
  const [again] = station.heard()
  assert.equal(again?.kind === 'decline' && again.retry_ms, 600_000, 'it comes back seldom')
  station.chunk(runner, id, next, 0, 'still here\n')
  await station.ingest.idle()
  assert.equal(await station.log(id), 'still here\n')
  assert.equal((await alarms())[0]?.times, 2)
})

test('a clone does not keep the lease of the machine that it was made of', async (t) => {
  const { station, runner, id } = await open(t)
  const { clock } = station.world
  for (let seconds = 0; seconds < 60; seconds += 10) {
    clock.advance(10_000)
    await station.hello(runner, [], machine('pump-2'))
  }
  const [first] = station.heard()
  assert.equal(first?.kind === 'decline' && first.retry_ms, 51_000)
  assert.equal((await station.task(id.task)).status, 'error', 'the old machine is gone')
})

test('a machine that was replaced has the runner after the lease; what the old one ran is lost', async (t) => {
  const { station, runner, id, session, alarms } = await open(t)
  const offered = { task: await station.addTask(), attempt: 1 }
  await station.offer()
  await pass(station.world, 60_000)
  assert.equal(await station.hello(runner, [], machine('pump-2')), session + 1)
  const { status, reason } = await station.task(id.task)
  assert.equal(status, 'error')
  assert.match(reason ?? '', /moved to pump-2 \(10.0.0.7\); what it ran before is lost/)
  assert.equal((await station.task(offered.task)).status, 'waiting', 'never granted, so not lost')
  assert.deepEqual(await alarms(), [])
})

test('after a restart of the server everybody has a whole lease to come back', async (t) => {
  const first = await open(t)
  const again = first.station.startedAgain()
  await again.hello(first.runner, [], machine('pump-2'))
  assert.equal(again.heard()[0]?.kind, 'decline')
})

test('what a declined machine still runs and nobody waits for is told to end', async (t) => {
  const { station, runner, id } = await open(t)
  await pass(station.world, 60_000)
  await station.hello(runner, [], machine('pump-2'))
  station.heard()
  await station.hello(runner, listed(id), machine('pump-1', 2))
  const [cancel, decline] = station.heard()
  assert.deepEqual(cancel, { to: runner, v: 1, ...id, kind: 'cancel', force: true })
  assert.equal(decline?.kind, 'decline')
})
