import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { type Api, startApi } from '../../kit/api.ts'

let api: Api
const admitted: { stream: Duplex; address: string }[] = []
before(async () => {
  api = await startApi({
    admitRunner(stream, address) {
      admitted.push({ stream, address })
      stream.pipe(stream)
    },
  })
})
after(() => api.close())

const open = (path = '/mqtt', protocols: string | string[] = 'mqtt', of = api) =>
  new WebSocket(`${of.base.replace('https', 'wss')}${path}`, protocols, { ca: of.ca })

/** The status and body with which an upgrade was refused. */
async function refusal(socket: WebSocket): Promise<[status: number, error: string]> {
  const [, answer] = await once(socket, 'unexpected-response')
  const parts = []
  for await (const part of answer) parts.push(part)
  return [answer.statusCode, JSON.parse(Buffer.concat(parts).toString()).error]
}

test('bytes go both ways, unchanged, with the address of the far side', async () => {
  const socket = open()
  await once(socket, 'open')
  assert.equal(socket.protocol, 'mqtt')
  const bytes = Buffer.from([0, 1, 2, 255, 10, 13])
  socket.send(bytes)
  const [echo] = await once(socket, 'message')
  assert.deepEqual(echo, bytes)
  assert.equal(admitted.at(-1)?.address, '127.0.0.1')
  socket.close()
  await once(admitted.at(-1)?.stream as Duplex, 'close')
})

test('other paths, other protocols and an external broker are refused in words', async () => {
  assert.deepEqual(await refusal(open('/other')), [404, 'GET /other: no such address'])
  assert.deepEqual(await refusal(open('/mqtt', ['x', 'y'])), [
    400,
    'expected the WebSocket subprotocol mqtt',
  ])
  const external = await startApi()
  assert.deepEqual(await refusal(open('/mqtt', 'mqtt', external)), [
    404,
    'no MQTT here: this server uses an external broker',
  ])
  await external.close()
})

test('a frame larger than any message of a runner ends the connection, and only that', async () => {
  const socket = open()
  await once(socket, 'open')
  socket.on('error', () => {})
  socket.send(Buffer.alloc(1_200_000))
  const [code] = await once(socket, 'close')
  assert.equal(code, 1009)
  assert.equal((await api.stranger.get('/api/ping')).status, 200)
})

test('closing the server drops the connections', async () => {
  const own = await startApi({ admitRunner: (stream) => stream.resume() })
  const socket = open('/mqtt', 'mqtt', own)
  await once(socket, 'open')
  await Promise.all([once(socket, 'close'), own.close()])
})
