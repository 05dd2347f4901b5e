/** What a hostile or broken client gets from a real broker, over real sockets. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import {
  as,
  enter,
  rawClient,
  runner,
  runnerBus,
  type TestBroker,
  testBroker,
  testBus,
  topics,
  within,
} from '../../kit/broker.ts'

const tasks = (id: number) => topics.of({ channel: 'tasks', runner: id })
const hello = (id: number) => topics.of({ channel: 'hello', runner: id })

async function serverOf(t: TestContext, broker: TestBroker) {
  const server = testBus(t, {
    ...broker.server,
    clientId: 'server-1',
    filters: topics.serverFilters,
  })
  await server.connects.find(() => true)
  return server
}

/** Connects, subscribes to its tasks, and never reads again. */
async function frozenRunner(t: TestContext, broker: TestBroker, id: number) {
  const client = await enter(t, broker, runner(id))
  assert.equal(await client.subscribe(tasks(id)), true)
  client.socket.pause()
  return client
}

test('a runner that reads nothing holds nobody up', async (t) => {
  const broker = await testBroker(t)
  const server = await serverOf(t, broker)
  await frozenRunner(t, broker, 1)
  const healthy = await enter(t, broker, runner(2))
  assert.equal(await healthy.subscribe(tasks(2)), true)

  const flood = 'x'.repeat(16_000)
  for (let n = 0; n < 700; n += 1) {
    server.bus.publish(tasks(1), flood).catch(() => {})
    if (n % 10 === 0) server.bus.publish(tasks(2), `message ${n}`).catch(() => {})
  }
  await healthy.received.find((p) => p.cmd === 'publish' && String(p.payload) === 'message 690')
  // Were it only for the frozen one being cut off, that would have been in the log by now.
  assert.deepEqual(
    broker.log.all.filter((line) => line.includes('has read nothing')),
    [],
  )
  assert.equal(healthy.received.all.filter(({ cmd }) => cmd === 'publish').length, 70)
})

test('a runner that reads nothing is cut off once too much waits for it', async (t) => {
  const broker = await testBroker(t, { limits: { unread: 100_000 } })
  const server = await serverOf(t, broker)
  await frozenRunner(t, broker, 1)
  for (let n = 0; n < 900; n += 1) server.bus.publish(tasks(1), 'x'.repeat(16_000)).catch(() => {})
  await broker.log.find((line) => /id=1 .* reason="it does not read; 100000 bytes wait/.test(line))
})

test('a runner that takes nothing for a while is cut off', async (t) => {
  const broker = await testBroker(t, { limits: { stallMs: 200 } })
  const server = await serverOf(t, broker)
  await frozenRunner(t, broker, 1)
  for (let n = 0; n < 500; n += 1) server.bus.publish(tasks(1), 'x'.repeat(16_000)).catch(() => {})
  await broker.log.find((line) => /id=1 .* reason="it has read nothing for 200 ms/.test(line))
})

test('a CONNECT that announces 256 MB is closed before it is read', async (t) => {
  const broker = await testBroker(t)
  const client = await rawClient(t, broker)
  client.socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))
  await within(2_000, 'the connection closed', client.closed)
  await broker.log.find((line) => line.includes('at most 16384 are allowed'))
})

test('a runner may send a message of 1 MB and none of 2 MB', async (t) => {
  const broker = await testBroker(t)
  const server = await serverOf(t, broker)
  const client = await enter(t, broker, runner(1))
  await client.publish(hello(1), 'x'.repeat(1_048_576))
  await server.messages.find(({ text }) => text.length === 1_048_576)
  await within(5_000, 'the connection closed', client.publish(hello(1), 'x'.repeat(2_000_000)))
  await within(5_000, 'the connection closed', client.closed)
  assert.equal(server.messages.all.length, 1)
})

test('the server may send a message of 8 MB', async (t) => {
  const broker = await testBroker(t)
  const server = await serverOf(t, broker)
  const one = runner(1)
  await broker.credentials.put(one)
  const mine = testBus(t, runnerBus(broker, one))
  await mine.connects.find(() => true)
  await server.bus.publish(tasks(1), Buffer.alloc(8_388_608, 'x'))
  await mine.messages.find(({ text }) => text.length === 8_388_608)
})

test('who sends no CONNECT, or no TLS hello, is not waited for', async (t) => {
  const broker = await testBroker(t, { limits: { connectMs: 100 } })
  const silent = await rawClient(t, broker)
  await within(2_000, 'the silent TLS client closed', silent.closed)
  const slow = await rawClient(t, broker)
  slow.socket.write(Buffer.from([0x10, 0x20, 0x00]))
  await within(2_000, 'the client with half a CONNECT closed', slow.closed)
  const plain = connectTcp(broker.port, '127.0.0.1')
  t.after(() => plain.destroy())
  await within(2_000, 'the client without TLS closed', once(plain.resume(), 'close'))
})

test('garbage instead of TLS is turned away and logged with its address', async (t) => {
  const broker = await testBroker(t)
  const plain = connectTcp(broker.port, '127.0.0.1')
  t.after(() => plain.destroy())
  plain.on('error', () => {})
  plain.write('GET / HTTP/1.1\r\n\r\n')
  await within(2_000, 'the connection closed', once(plain.resume(), 'close'))
  await broker.log.find((line) => line.includes('turned away address=127.0.0.1'))
})

test('who was removed and knocks on is logged once a minute, and not at each try', async (t) => {
  const broker = await testBroker(t)
  for (let knock = 0; knock < 5; knock += 1) {
    const client = await rawClient(t, broker)
    assert.equal(await client.connect(as(runner(7))), false)
  }
  const other = await rawClient(t, broker)
  assert.equal(await other.connect(as(runner(8))), false)
  await broker.log.find((line) => /turned away role=runner id=8 .*unknown id or wrong/.test(line))
  const knocks = broker.log.all.filter((line) => /turned away role=runner id=7 /.test(line))
  assert.equal(knocks.length, 1)
})

test('nothing older than TLS 1.2 is spoken', async (t) => {
  const broker = await testBroker(t)
  const old = connectTls({
    host: '127.0.0.1',
    port: broker.port,
    ca: broker.ca,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    // Without this OpenSSL itself would not offer it, and the test would prove nothing.
    ciphers: 'DEFAULT:@SECLEVEL=0',
  })
  t.after(() => old.destroy())
  const [error] = await within(5_000, 'a refusal', once(old, 'error'))
  assert.match(String(error), /protocol version/)
})

test('the sockets of one address are capped, from before their handshake', async (t) => {
  const broker = await testBroker(t, { limits: { perAddress: 2 } })
  const first = await enter(t, broker, runner(1))
  await enter(t, broker, runner(2))
  const third = await rawClient(t, broker)
  await within(2_000, 'the third connection closed', third.closed)
  await broker.log.find((line) => line.includes('2 connections from this address are open'))
  first.socket.destroy()
  await broker.log.find((line) => line.includes('disconnected role=runner id=1'))
  await enter(t, broker, runner(3))
})

test('MQTT 5 is refused', async (t) => {
  const broker = await testBroker(t)
  const one = runner(1)
  await broker.credentials.put(one)
  const client = await rawClient(t, broker)
  assert.equal(await client.connect(as(one, { protocolVersion: 5 })), false)
  await client.closed
})

test('a keepalive of none or of a day is refused', async (t) => {
  const broker = await testBroker(t)
  const one = runner(1)
  await broker.credentials.put(one)
  for (const keepalive of [0, 65_535]) {
    const client = await rawClient(t, broker)
    assert.equal(await client.connect(as(one, { keepalive })), false)
    await client.closed
  }
})

test('a denied filter next to an allowed one leaks nothing into a later session', async (t) => {
  const broker = await testBroker(t)
  const server = await serverOf(t, broker)
  const spy = runner(1)
  await broker.credentials.put(runner(2))
  const before = await enter(t, broker, spy, { clean: false })
  assert.equal(await before.subscribe(tasks(1), tasks(2)), false)
  before.socket.destroy()
  await server.bus.publish(tasks(2), 'secret')
  const after = await enter(t, broker, spy, { clean: false })
  await after.subscribe(tasks(1))
  await server.bus.publish(tasks(2), 'secret')
  await server.bus.publish(tasks(1), 'own')
  await after.received.find((p) => p.cmd === 'publish' && String(p.payload) === 'own')
  const got = after.received.all.filter(({ cmd }) => cmd === 'publish')
  assert.equal(got.length, 1)
})

test('nothing but presence is kept by the broker', async (t) => {
  const broker = await testBroker(t)
  const client = await enter(t, broker, runner(1))
  await client.publish(hello(1), 'kept', { retain: true })
  await client.closed
  const presence = topics.of({ channel: 'presence', runner: 1 })
  const again = await enter(t, broker, runner(1))
  await again.publish(presence, 'here', { retain: true })
  const server = await serverOf(t, broker)
  await server.messages.find(({ topic }) => topic === presence)
  assert.equal(server.messages.all.length, 1)
})
