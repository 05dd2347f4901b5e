/** Viewers that do not behave: nobody waits for them and nothing piles up. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { type ServerEvent, sendEvents } from '../../../server/http/event-stream.ts'

const server = createServer()
before(() => once(server.listen(0, '127.0.0.1'), 'listening'))
after(() => server.close())

/** One connection, seen from both ends. */
async function connect(): Promise<[ServerResponse, IncomingMessage]> {
  const call = get({ port: (server.address() as AddressInfo).port, agent: false })
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
  response.flushHeaders()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  answer.on('error', () => {})
  return [response, answer]
}

/** Events of 64 KB without end, and what became of them. */
function endless() {
  const state = { taken: 0, finished: false }
  async function* events(): AsyncGenerator<ServerEvent> {
    try {
      for (;;) {
        state.taken += 1
        yield { event: 'log', data: 'x'.repeat(65_536) }
      }
    } finally {
      state.finished = true
    }
  }
  return { state, events: events() }
}

test('a viewer that reads nothing is dropped, having cost one buffer', async () => {
  const [response, answer] = await connect()
  const { state, events } = endless()
  const { signal } = new AbortController()
  await sendEvents(response, events, { signal, clock: systemClock, stallMs: 50 })
  assert.ok(response.destroyed)
  assert.ok(state.finished)
  assert.ok(response.writableLength <= 2 * 65_536, `${response.writableLength} bytes held`)
  // The rest of what was taken lies in the kernel's socket buffers.
  assert.ok(state.taken < 512, `${state.taken} events taken`)
  answer.destroy()
})

test('a viewer that stalls at the last bytes is dropped too', async () => {
  const [response, answer] = await connect()
  // More than the kernel's buffers take, and nothing after it that would wait for a drain.
  response.write('x'.repeat(32 * 1024 * 1024))
  const { signal } = new AbortController()
  const none = { async *[Symbol.asyncIterator](): AsyncGenerator<ServerEvent> {} }
  await sendEvents(response, none, { signal, clock: systemClock, stallMs: 50 })
  assert.ok(response.writableEnded && response.destroyed)
  answer.destroy()
})

test('a viewer that leaves ends the stream at once, long before it would be dropped', async () => {
  const [response, answer] = await connect()
  const { state, events } = endless()
  const left = new AbortController()
  response.once('close', () => left.abort())
  const sent = sendEvents(response, events, { signal: left.signal, clock: systemClock })
  answer.once('data', () => answer.destroy())
  await sent
  assert.ok(state.finished)
})

test('silence is filled with comments, and the end is an end', async () => {
  const [response, answer] = await connect()
  const wake = new AbortController()
  async function* events(): AsyncGenerator<ServerEvent> {
    await once(wake.signal, 'abort')
    yield { event: 'status', id: '1-2', data: { a: 'line\nbreak' } }
  }
  const { signal } = new AbortController()
  const sent = sendEvents(response, events(), { signal, clock: systemClock, beatMs: 5 })
  let text = ''
  answer.on('data', (part) => {
    text += part
    if (text.includes(':\n\n')) wake.abort()
  })
  await Promise.all([sent, once(answer, 'end')])
  assert.ok(text.startsWith('retry: 2000\n\n'))
  assert.ok(text.endsWith('id: 1-2\nevent: status\ndata: {"a":"line\\nbreak"}\n\n'), text)
})
