/** What is Mosquitto's own; what every broker must do is in conformance.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { as, enter, rawClient, runner, runnerBus, testBus, topics } from '../../kit/broker.ts'
import { skip } from '../../kit/mosquitto.ts'
import { setUp } from './setup.ts'

test('runners connect over WebSocket too', { skip }, async (t) => {
  const { credentials, websocketUrl, ca } = await setUp(t)
  const one = runner(1)
  await credentials.put(one)
  await testBus(t, runnerBus({ url: websocketUrl, ca }, one)).connects.find(() => true)
})

test('one client and one role a runner, and none after it', { skip }, async (t) => {
  const { credentials, names } = await setUp(t)
  await credentials.put(runner(1))
  assert.deepEqual(await names(), {
    clients: ['1', 'outstation'],
    roles: ['admin', 'outstation-runner-1', 'outstation-server'],
  })
  await credentials.remove(1)
  assert.deepEqual(await names(), {
    clients: ['outstation'],
    roles: ['admin', 'outstation-server'],
  })
})

test('what is known already costs no connection, and no token', { skip }, async (t) => {
  const mosquitto = await setUp(t)
  const one = runner(1)
  const live = await enter(t, mosquitto, one)
  await mosquitto.credentials.put(one)
  await mosquitto.credentials.sync([{ id: 1, tokenHash: one.tokenHash }])
  assert.equal(await live.subscribe(...topics.runnerFilters(1)), true)
})

test('an old session of a runner brings nothing back', { skip }, async (t) => {
  const mosquitto = await setUp(t)
  const [before, after] = [runner(1), runner(1)]
  const old = await enter(t, mosquitto, before, { clean: false })
  assert.equal(await old.subscribe(...topics.runnerFilters(1)), true)
  await mosquitto.credentials.remove(1)
  await mosquitto.credentials.put(runner(2))
  const thief = await rawClient(t, mosquitto)
  assert.equal(await thief.connect(as(before, { clean: false })), false)
  await enter(t, mosquitto, after)
})

test('only the hash of a token is known: put says what to do', { skip }, async (t) => {
  const { credentials } = await setUp(t)
  const { tokenHash } = runner(1)
  await assert.rejects(credentials.put({ id: 1, tokenHash }), {
    code: 'conflict',
    line:
      "runner 1: expected its token, which Mosquitto must be told, got only the token's hash; " +
      'register this runner again',
  })
})
