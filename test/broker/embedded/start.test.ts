import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { type TestContext, test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { spawnWorker } from '../../../broker/embedded/spawn.ts'
import type { AppError } from '../../../lib/errors.ts'
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
} from '../../kit/broker.ts'

const hello = topics.of({ channel: 'hello', runner: 1 })
const serverOf = (t: TestContext, broker: TestBroker) =>
  testBus(t, { ...broker.server, clientId: 'server-1', filters: topics.serverFilters })
const socketOf = (broker: TestBroker) => broker.server.urls[0]?.slice('unix:'.length) as string

test('a worker that dies costs a reconnect and nothing else', async (t) => {
  const workers: Worker[] = []
  const broker = await testBroker(t, {
    random: () => 0.02,
    spawn(boot) {
      const worker = spawnWorker(boot)
      workers.push(worker)
      return worker
    },
  })
  const one = runner(1)
  await broker.credentials.put(one)
  const server = serverOf(t, broker)
  const mine = testBus(t, runnerBus(broker, one))
  await server.connects.find(() => true)
  await mine.connects.find(() => true)
  await mine.bus.publish(hello, 'before')
  await server.messages.find(({ text }) => text === 'before')

  const [serverNonce] = server.connects.all
  const [runnerNonce] = mine.connects.all
  await workers[0]?.terminate()
  await mine.drops.find(() => true)
  // Told while there is no worker: the next one knows it all the same.
  await broker.credentials.put(runner(2, 'token of two'))
  await server.connects.find((nonce) => nonce !== serverNonce)
  await mine.connects.find((nonce) => nonce !== runnerNonce)
  await mine.bus.publish(hello, 'after')
  await server.messages.find(({ text }) => text === 'after')
  const two = await rawClient(t, broker)
  assert.equal(await two.connect(as(runner(2, 'token of two'))), true)
  assert.equal(workers.length, 2)
  assert.ok(broker.log.all.some((line) => line.includes('worker died')))
})

test('a worker that cannot start again is tried until it can', async (t) => {
  const workers: Worker[] = []
  const broker = await testBroker(t, {
    random: () => 0.02,
    spawn(boot) {
      // The second worker finds a certificate that nobody can use.
      const broken = { ...boot, tls: { cert: 'none', key: 'none' } }
      const worker = spawnWorker(workers.length === 1 ? broken : boot)
      workers.push(worker)
      return worker
    },
  })
  await workers[0]?.terminate()
  await broker.log.find((line) => line.includes('worker started again'))
  await enter(t, broker, runner(1))
  assert.equal(workers.length, 3)
})

test('a runner comes in by WebSocket, with the rights and the address of a runner', async (t) => {
  const broker = await testBroker(t)
  const server = serverOf(t, broker)
  await server.connects.find(() => true)
  const url = await webSocketDoor(t, broker)
  const one = runner(1)
  await broker.credentials.put(one)
  const mine = testBus(t, runnerBus({ url, ca: broker.ca }, one))
  await mine.connects.find(() => true)
  await mine.bus.publish(hello, 'through the web')
  await server.messages.find(({ text }) => text === 'through the web')
  const task = topics.of({ channel: 'tasks', runner: 1 })
  await server.bus.publish(task, 'x'.repeat(1_000_000))
  await mine.messages.find(({ topic }) => topic === task)
  await broker.log.find((line) => line.includes('connected role=runner id=1 address=192.0.2.1'))
})

test('a WebSocket that comes while there is no broker is closed', async (t) => {
  const broker = await testBroker(t)
  await broker.close()
  const stream = new PassThrough()
  broker.admitRunner(stream, '192.0.2.1')
  await new Promise((resolve) => stream.once('close', resolve))
})

test('the password of the server opens no door but the private one', async (t) => {
  const broker = await testBroker(t)
  const { username, password } = broker.server
  const urls = [broker.url, await webSocketDoor(t, broker)]
  for (const url of urls) {
    const bus = testBus(t, {
      urls: [url],
      ca: broker.ca,
      username,
      password,
      clientId: 'server-1',
      filters: topics.serverFilters,
    })
    await bus.retries.find(({ refused }) => refused)
  }
})

test('a runner is nobody at the private door', async (t) => {
  const broker = await testBroker(t)
  const one = runner(1)
  await broker.credentials.put(one)
  const client = await rawClient(t, { url: broker.server.urls[0] as string })
  assert.equal(await client.connect(as(one)), false)
})

test('the sockets are private, and gone after the close', async (t) => {
  const socketDir = await mkdtemp(join(tmpdir(), 'outstation-test-'))
  t.after(() => rm(socketDir, { recursive: true }))
  const broker = await testBroker(t, { socketDir })
  const path = socketOf(broker)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(statSync(join(dirname(path), 'runner')).mode & 0o777, 0o600)
  assert.equal(statSync(dirname(path)).mode & 0o777, 0o700)
  const client = await enter(t, broker, runner(1))
  await Promise.all([broker.close(), broker.close()])
  await client.closed
  assert.deepEqual(await readdir(socketDir), [])
})

test('an abort closes the broker', async (t) => {
  const stop = new AbortController()
  const broker = await testBroker(t, { signal: stop.signal })
  const client = await enter(t, broker, runner(1))
  stop.abort()
  await client.closed
})

test('whoever is known at the start is let in at once, and stays so when another comes', async (t) => {
  const early = runner(1)
  const broker = await testBroker(t, { runners: new Map([[early.id, early.tokenHash]]) })
  const comes = async () => (await rawClient(t, broker)).connect(as(early))
  assert.equal(await comes(), true)
  await enter(t, broker, runner(2))
  assert.equal(await comes(), true)
})

test('a port in use is said in one line, and nothing is left behind', async (t) => {
  const socketDir = await mkdtemp(join(tmpdir(), 'outstation-test-'))
  t.after(() => rm(socketDir, { recursive: true }))
  const first = await testBroker(t)
  const second = testBroker(t, { port: first.port, socketDir })
  await assert.rejects(second, (error: AppError) => {
    assert.equal(error.code, 'unavailable')
    assert.match(error.line, /^MQTT port \d+ on 127\.0\.0\.1 is in use; stop the program/)
    return true
  })
  assert.deepEqual(await readdir(socketDir), [])
})

test('a socket folder with too long a path is refused before anything starts', async (t) => {
  const socketDir = await mkdtemp(join(tmpdir(), `outstation-test-${'x'.repeat(90)}`))
  t.after(() => rm(socketDir, { recursive: true }))
  await assert.rejects(testBroker(t, { socketDir }), /too long for a Unix socket/)
  assert.deepEqual(await readdir(socketDir), [])
})

/** An HTTP server that passes its WebSocket connections on, as the real one does. */
async function webSocketDoor(t: TestContext, broker: TestBroker): Promise<string> {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'mqtt' })
  const http: Server = createServer()
  http.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      broker.admitRunner(createWebSocketStream(webSocket), '192.0.2.1')
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => http.close())
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}/mqtt`
}
