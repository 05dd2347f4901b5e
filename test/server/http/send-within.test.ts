import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { systemClock } from '../../../lib/clock.ts'
import { sendWithin } from '../../../server/http/send-within.ts'

let server: WebSocketServer
before(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
})
after(() => {
  for (const socket of server.clients) socket.terminate()
  server.close()
})

async function pair(): Promise<[here: WebSocket, there: WebSocket]> {
  const accepted = once(server, 'connection')
  const there = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const [[here]] = [await accepted, await once(there, 'open')]
  return [here, there]
}

const signal = new AbortController().signal

test('a message to somebody who reads is taken', async () => {
  const [here, there] = await pair()
  const came = once(there, 'message')
  assert.equal(await sendWithin(here, 'hello', { clock: systemClock, ms: 60_000, signal }), true)
  assert.equal(String((await came)[0]), 'hello')
})

test('who does not read is noticed: one message waits, and its end comes with the code', async () => {
  const [here, there] = await pair()
  there.pause()
  // More than the buffers of both kernels hold.
  const much = 'x'.repeat(50_000_000)
  assert.equal(await sendWithin(here, much, { clock: systemClock, ms: 50, signal }), false)
  here.close(1013)
  const closed = once(there, 'close')
  there.resume()
  assert.equal((await closed)[0], 1013)
})
