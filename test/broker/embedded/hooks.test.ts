/** Each guard of its own: over a socket several of them would hide that one is missing. */
import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { test } from 'node:test'
import type { Client } from 'aedes'
import { Gate } from '../../../broker/embedded/gate.ts'
import { brokerOptions } from '../../../broker/embedded/hooks.ts'
import { defaultLimits as limits } from '../../../broker/embedded/limits.ts'
import { knownRunners } from '../../../broker/embedded/runners.ts'
import { Tally } from '../../../broker/embedded/tally.ts'
import { runner, topics } from '../../kit/broker.ts'

const one = runner(1)
const hooks = brokerOptions({
  topics,
  runners: knownRunners(new Map([[1, one.tokenHash]])),
  isServer: (password) => password.toString() === 'the password',
  limits,
}) as Required<ReturnType<typeof brokerOptions>>

function client(role: 'server' | 'runner', id: string): Client {
  const conn = new Gate(new Socket(), { role, address: 'test', limits, tally: new Tally() })
  return { id, conn } as unknown as Client
}
const runnerOne = client('runner', '1')
const server = client('server', 'server-1')

/** What a hook answers; it fails if the hook does not answer before it returns. */
function answer<T = unknown>(call: (done: (error: unknown, value?: T) => void) => void) {
  let answered: { error: unknown; value: T | undefined } | undefined
  call((error, value) => {
    answered = { error: error ?? null, value }
  })
  assert.ok(answered, 'the hook calls back at once')
  return answered
}

test('nobody waits for a message of somebody else, and nobody for ever', () => {
  assert.equal(hooks.concurrency, 0)
  assert.equal(hooks.drainTimeout, 10_000)
  assert.equal(hooks.connectTimeout, 5_000)
  assert.ok(hooks.keepaliveLimit > 0)
})

test('no topic is deeper than the deepest of ours', () => {
  const deepest = topics.of({ channel: 'log', runner: 1, task: 2, attempt: 3 })
  assert.equal(hooks.maxTopicLevels, deepest.split('/').length)
})

const connect = (more: object = {}) => ({
  cmd: 'connect' as const,
  clientId: '1',
  protocolVersion: 4 as const,
  protocolId: 'MQTT' as const,
  clean: false,
  keepalive: 60,
  ...more,
})

test('every session is a clean one, whatever was asked for', () => {
  const packet = connect()
  assert.equal(answer((done) => hooks.preConnect(runnerOne, packet, done)).value, true)
  assert.equal(packet.clean, true)
})

const presence = topics.of({ channel: 'presence', runner: 1 })
const will = { topic: presence, payload: Buffer.from('x'), qos: 1 as const, retain: true }
const wills: [string, boolean, object][] = [
  ['its own retained presence', true, {}],
  ['not retained', false, { retain: false }],
  ['QoS 0', false, { qos: 0 }],
  ['more than 1 KB', false, { payload: Buffer.alloc(1_025) }],
  ["another's presence", false, { topic: topics.of({ channel: 'presence', runner: 2 }) }],
  ['its own hello', false, { topic: topics.of({ channel: 'hello', runner: 1 }) }],
  ['$SYS', false, { topic: '$SYS/x' }],
]
for (const [what, allowed, more] of wills) {
  test(`a will that is ${what}: ${allowed ? 'allowed' : 'refused'}`, () => {
    const packet = connect({ will: { ...will, ...more } })
    const { error, value } = answer((done) => hooks.preConnect(runnerOne, packet, done))
    assert.equal(value, allowed)
    assert.equal(error === null, allowed)
  })
}

test('an empty client id is refused', () => {
  const packet = connect({ clientId: '' })
  assert.equal(answer((done) => hooks.preConnect(runnerOne, packet, done)).value, false)
})

const token = Buffer.from(one.token)
const password = Buffer.from('the password')
const logins: [string, boolean, Client, string | undefined, Buffer | undefined][] = [
  ['runner 1 with its token', true, runnerOne, '1', token],
  ['runner 1 with a wrong token', false, runnerOne, '1', Buffer.from('wrong')],
  ['runner 1 without a token', false, runnerOne, '1', undefined],
  ['runner 1 under another user name', false, runnerOne, '2', token],
  ['runner 1 without a user name', false, runnerOne, undefined, token],
  ['runner 1 as 01', false, client('runner', '01'), '01', token],
  ['the server by the door of runners', false, client('runner', 'server-1'), 'server', password],
  ['the server by its own door', true, server, 'server', password],
  ['the server with a wrong password', false, server, 'server', token],
  ['the server without a password', false, server, 'server', undefined],
  ['the server under the client id of a runner', false, client('server', '1'), 'server', password],
  ["runner 1 by the server's door", false, client('server', '1'), '1', token],
]
for (const [what, allowed, who, username, secret] of logins) {
  test(`${what}: ${allowed ? 'let in' : 'kept out'}`, () => {
    const { error, value } = answer<boolean | null>((done) =>
      hooks.authenticate(who, username, secret, done),
    )
    assert.equal(value, allowed)
    assert.equal((error as { returnCode?: number } | null)?.returnCode, allowed ? undefined : 4)
  })
}

const message = {
  cmd: 'publish' as const,
  payload: 'x',
  qos: 1 as const,
  dup: false,
  retain: false,
}
const hello = topics.of({ channel: 'hello', runner: 1 })
const tasks = topics.of({ channel: 'tasks', runner: 1 })
const publishes: [string, boolean, Client | null, object][] = [
  ['runner: hello', true, runnerOne, { topic: hello }],
  ['runner: hello with QoS 0', false, runnerOne, { topic: hello, qos: 0 }],
  ['runner: hello with QoS 2', false, runnerOne, { topic: hello, qos: 2 }],
  ['runner: retained hello', false, runnerOne, { topic: hello, retain: true }],
  ['runner: retained presence', true, runnerOne, { topic: presence, retain: true }],
  ['runner: 1 KB of presence', true, runnerOne, { topic: presence, payload: 'x'.repeat(1_024) }],
  ['runner: more of it', false, runnerOne, { topic: presence, payload: 'x'.repeat(1_025) }],
  ['runner: a task', false, runnerOne, { topic: tasks }],
  ['runner: $SYS', false, runnerOne, { topic: '$SYS/x' }],
  ['server: a task', true, server, { topic: tasks }],
  ['server: a task with QoS 0', false, server, { topic: tasks, qos: 0 }],
  ['server: a retained task', false, server, { topic: tasks, retain: true }],
  ['server: a hello', false, server, { topic: hello }],
  ['server: $SYS', false, server, { topic: '$SYS/x' }],
  ['nobody: a task', false, null, { topic: tasks }],
]
for (const [what, allowed, who, more] of publishes) {
  test(`publish by ${what}: ${allowed ? 'passed on' : 'refused'}`, () => {
    const packet = { ...message, topic: '', ...more }
    const { error } = answer((done) => hooks.authorizePublish(who, packet, done))
    assert.equal(error === null, allowed)
  })
}

test('a denied filter closes the connection and is not merely left out', () => {
  const subscription = { topic: topics.of({ channel: 'tasks', runner: 2 }), qos: 1 as const }
  const { error } = answer((done) => hooks.authorizeSubscribe(runnerOne, subscription, done))
  assert.match(String(error), /not allowed: a subscription to test\/v1\/runners\/2\/tasks/)
})

test('whatever a session remembers, a runner is handed nothing but its own', () => {
  const packet = (topic: string) => ({ ...message, topic, brokerId: 'b', brokerCounter: 1 })
  assert.ok(hooks.authorizeForward(runnerOne, packet(tasks)))
  const foreign = packet(topics.of({ channel: 'tasks', runner: 2 }))
  assert.equal(hooks.authorizeForward(runnerOne, foreign), null)
  assert.equal(hooks.authorizeForward(runnerOne, packet('$SYS/x')), null)
  assert.ok(hooks.authorizeForward(server, packet(hello)))
})
