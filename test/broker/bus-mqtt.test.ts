/** The bus against brokers that do exactly what the test says, and against certificates that are bad. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { generate, type Packet, parser } from 'mqtt-packet'
import { connectBus } from '../../broker/bus-mqtt.ts'
import { Pace } from '../../broker/pace.ts'
import type { Clock } from '../../lib/clock.ts'
import type { AppError } from '../../lib/errors.ts'
import { createAuthority, mailbox, runner, runnerBus, testBus, within } from '../kit/broker.ts'

interface Peer {
  received: Packet[]
  send(packet: Packet): void
  socket: Socket
}

/** A broker that is nothing but `react`: it is handed each packet of each connection. */
async function scriptedBroker(t: TestContext, react: (packet: Packet, peer: Peer) => void) {
  const peers: Peer[] = []
  const packets = mailbox<Packet>()
  const server = createServer((socket) => {
    const peer: Peer = { socket, received: [], send: (p) => void socket.write(generate(p)) }
    peers.push(peer)
    const incoming = parser({ protocolVersion: 4 })
    incoming.on('packet', (packet: Packet) => {
      peer.received.push(packet)
      packets.push(packet)
      react(packet, peer)
    })
    incoming.on('error', () => socket.destroy())
    socket.on('data', (bytes) => incoming.parse(bytes))
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const { socket } of peers) socket.destroy()
    server.close()
  })
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: '',
    peers,
    packets,
  }
}

/** Says yes to everything but what `except` answers instead. */
function obliging(except: (packet: Packet, peer: Peer) => boolean = () => false) {
  return (packet: Packet, peer: Peer) => {
    if (except(packet, peer)) return
    const { messageId } = packet
    if (packet.cmd === 'connect')
      peer.send({ cmd: 'connack', returnCode: 0, sessionPresent: false })
    if (packet.cmd === 'subscribe') {
      peer.send({ cmd: 'suback', messageId: messageId as number, granted: [1, 1] })
    }
    if (packet.cmd === 'publish') peer.send({ cmd: 'puback', messageId: messageId as number })
  }
}

const isUnavailable = (error: AppError) => error.code === 'unavailable'

test('a publish is settled by the loss of its connection, and not sent again on the next', async (t) => {
  const broker = await scriptedBroker(
    t,
    obliging(({ cmd }) => cmd === 'publish'),
  )
  const { bus, connects } = testBus(t, runnerBus(broker, runner(1)))
  const first = await connects.find(() => true)
  const lost = [bus.publish('a', 'one'), bus.publish('a', 'two')]
  await broker.packets.find((p) => p.cmd === 'publish' && String(p.payload) === 'two')
  broker.peers[0]?.socket.destroy()
  for (const publish of lost) {
    await within(5_000, 'settled', assert.rejects(publish, isUnavailable))
  }
  assert.equal(bus.connected, false)
  await assert.rejects(bus.publish('a', 'three'), isUnavailable)

  await connects.find((nonce) => nonce !== first)
  const fourth = bus.publish('a', 'four')
  await broker.packets.find((p) => p.cmd === 'publish' && String(p.payload) === 'four')
  const again = broker.peers[1]?.received.filter(({ cmd }) => cmd === 'publish')
  assert.equal(again?.length, 1)
  broker.peers[1]?.socket.destroy()
  await assert.rejects(fourth, isUnavailable)
})

test('a connection with a subscription refused is no connection', async (t) => {
  let refusals = 0
  const broker = await scriptedBroker(
    t,
    obliging((packet, peer) => {
      if (packet.cmd !== 'subscribe' || refusals === 1) return false
      refusals += 1
      peer.send({ cmd: 'suback', messageId: packet.messageId as number, granted: [1, 128] })
      return true
    }),
  )
  const { connects, retries, drops } = testBus(t, runnerBus(broker, runner(1)))
  await connects.find(() => true)
  assert.equal(retries.all.length, 1)
  assert.deepEqual(drops.all, [])
  assert.equal(broker.peers.length, 2)
})

test('a message that overtakes the SUBACK is handed over after onConnect', async (t) => {
  const broker = await scriptedBroker(
    t,
    obliging(({ cmd, messageId }, { socket }) => {
      if (cmd !== 'subscribe') return false
      const message = { cmd: 'publish', topic: 'a', qos: 0, dup: false, retain: true } as const
      const suback: Packet = { cmd: 'suback', messageId: messageId as number, granted: [1, 1] }
      const early = generate({ ...message, payload: 'early' })
      socket.write(
        Buffer.concat([early, generate(suback), generate({ ...message, payload: 'late' })]),
      )
      return true
    }),
  )
  const seen = mailbox<string>()
  const bus = connectBus(runnerBus(broker, runner(1)), {
    onConnect: () => seen.push('connected'),
    onMessage: (_topic, payload, retained) => seen.push(`${Buffer.from(payload)} ${retained}`),
    onDisconnect: () => {},
  })
  t.after(() => bus.close())
  await seen.find((what) => what === 'late true')
  assert.deepEqual(seen.all, ['connected', 'early true', 'late true'])
})

test('a message that takes longer than the keepalive arrives; a link that brings nothing is given up', async (t) => {
  const length = 30
  const message = generate({
    cmd: 'publish',
    topic: 'a',
    payload: 'x'.repeat(length),
    qos: 0,
    dup: false,
    retain: false,
  })
  const broker = await scriptedBroker(
    t,
    obliging(({ cmd }, { socket }) => {
      if (cmd !== 'subscribe') return cmd === 'pingreq'
      // 3 s for all of it, a byte at a time: the answer to a ping would have to wait behind it.
      const bytes = [...message]
      const timer = setInterval(() => {
        const byte = bytes.shift()
        if (byte === undefined) clearInterval(timer)
        else socket.write(Buffer.of(byte))
      }, 3_000 / message.length)
      t.after(() => clearInterval(timer))
      return false
    }),
  )
  const { messages, drops } = testBus(t, runnerBus(broker, runner(1), { keepaliveS: 1 }))
  const { text } = await messages.find(() => true)
  assert.equal(text.length, length)
  assert.deepEqual(drops.all, [])
  assert.match(await drops.find(() => true), /Keepalive timeout/)
})

test('close says goodbye, once, and comes back to nothing', async (t) => {
  const broker = await scriptedBroker(t, obliging())
  const { bus, connects, drops } = testBus(t, runnerBus(broker, runner(1)))
  await connects.find(() => true)
  await Promise.all([bus.close(), bus.close()])
  await broker.packets.find(({ cmd }) => cmd === 'disconnect')
  assert.equal(bus.connected, false)
  assert.deepEqual(drops.all, [])
  assert.equal(broker.peers.length, 1)
  await assert.rejects(bus.publish('a', 'x'), isUnavailable)
})

test('rest says goodbye, and comes back by itself, without a word of a loss', async (t) => {
  const broker = await scriptedBroker(t, obliging())
  const { bus, connects, drops } = testBus(t, runnerBus(broker, runner(1)))
  const goodbyes = () => broker.packets.all.filter(({ cmd }) => cmd === 'disconnect').length
  const first = await connects.find(() => true)
  bus.rest(1)
  await connects.find((nonce) => nonce !== first)
  assert.equal(goodbyes(), 1)
  bus.rest(3_600_000)
  await broker.packets.find(() => goodbyes() === 2)
  assert.deepEqual(drops.all, [])
  await within(5_000, 'closed while it rests', bus.close())
})

test('a rest that is asked for when the connection is gone is not taken with the next one', async (t) => {
  const broker = await scriptedBroker(t, obliging())
  const pace = new Pace({ random: () => 0 })
  const { bus, connects, drops } = testBus(t, runnerBus(broker, runner(1), { pace }))
  const first = await connects.find(() => true)
  broker.peers[0]?.socket.destroy()
  await drops.find(() => true)
  bus.rest(3_600_000)
  const second = await connects.find((nonce) => nonce !== first)
  broker.peers[1]?.socket.destroy()
  await drops.find(() => drops.all.length === 2)
  await connects.find((nonce) => nonce !== first && nonce !== second)
})

test('close does not wait for ever for a PUBACK', async (t) => {
  const broker = await scriptedBroker(
    t,
    obliging(({ cmd }) => cmd === 'publish'),
  )
  const { bus, connects } = testBus(t, runnerBus(broker, runner(1)))
  await connects.find(() => true)
  const lost = assert.rejects(bus.publish('a', 'x'), isUnavailable)
  await within(5_000, 'closed', bus.close())
  await lost
})

test('an abort closes the bus while it connects and while it waits', async (t) => {
  const dead = await deadUrl()
  const stop = new AbortController()
  const { retries, bus } = testBus(
    t,
    runnerBus({ url: dead, ca: '' }, runner(1), {
      signal: stop.signal,
      pace: new Pace({ random: () => 0.999 }),
    }),
  )
  await retries.find(() => true)
  stop.abort()
  await within(900, 'closed in the middle of a pause', bus.close())

  const broker = await scriptedBroker(t, () => {})
  const connecting = testBus(t, runnerBus(broker, runner(1), { signal: AbortSignal.abort() }))
  await within(5_000, 'closed before it was connected', connecting.bus.close())
})

test('a connection that held resets the pauses, one that did not does not', async (t) => {
  const { clock, pauses, advance } = clockWithoutPauses(3)
  const broker = await scriptedBroker(t, obliging())
  const { connects, drops } = testBus(
    t,
    runnerBus(broker, runner(1), { clock, pace: new Pace({ random: () => 0.5 }) }),
  )
  for (const [n, heldMs] of [1, 1, 20_000].entries()) {
    await connects.find(() => connects.all.length === n + 1)
    advance(heldMs)
    broker.peers[n]?.socket.destroy()
    await drops.find(() => drops.all.length === n + 1)
  }
  await pauses.find(() => pauses.all.length === 3)
  assert.deepEqual(pauses.all, [500, 1_000, 500])
})

test('candidates are tried in turn without a pause, and the one that worked comes first', async (t) => {
  const { clock, pauses } = clockWithoutPauses(2)
  const broker = await scriptedBroker(t, obliging())
  const urls = [await deadUrl(), broker.url]
  const { connects, drops, retries } = testBus(
    t,
    runnerBus(broker, runner(1), { urls, clock, pace: new Pace({ random: () => 0.5 }) }),
  )
  const first = await connects.find(() => true)
  assert.deepEqual(
    retries.all.map(({ retryMs }) => retryMs),
    [0],
  )
  broker.peers[0]?.socket.destroy()
  await drops.find(() => true)
  await connects.find((nonce) => nonce !== first)
  assert.equal(retries.all.length, 1)
  assert.deepEqual(pauses.all, [0, 500])
})

const far = new Date(Date.now() + 3_600_000)
const certificates: [string, RegExp, { host?: string; notAfter?: Date; stranger?: boolean }][] = [
  ['has expired', /certificate of .* has expired; renew it/, { notAfter: new Date(86_400_000) }],
  ['is for another host', /is for another host name; use a name/, { host: 'elsewhere.test' }],
  ['is by an unknown authority', /unknown authority; give the server's CA/, { stranger: true }],
]
for (const [what, expected, { stranger, ...issue }] of certificates) {
  test(`a certificate that ${what}: said so, with what to do`, async (t) => {
    const authority = await createAuthority()
    const trusted = stranger ? await createAuthority('another CA') : authority
    const server = createTlsServer(await authority.issue({ notAfter: far, ...issue }), () => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    for (const url of [`mqtts://127.0.0.1:${port}`, `wss://127.0.0.1:${port}/mqtt`]) {
      const { retries, bus } = testBus(t, runnerBus({ url, ca: trusted.ca }, runner(1)))
      const { reason, refused } = await retries.find(() => true)
      await bus.close()
      assert.match(reason, expected)
      assert.equal(refused, false)
      assert.doesNotMatch(reason, /\n/)
    }
  })
}

test('other ways to fail, each by its name', async (t) => {
  const rude = await scriptedBroker(t, (_packet, { socket }) => socket.destroy())
  const refusing = (returnCode: number) =>
    scriptedBroker(t, (_packet, peer) =>
      peer.send({ cmd: 'connack', returnCode, sessionPresent: false }),
    )
  const dead = await deadUrl()
  const cases: [string, RegExp, boolean][] = [
    [dead, /^nothing listens at 127\.0\.0\.1:\d+; is the server running\?$/, false],
    [
      'unix:/nowhere/socket',
      /^nothing listens at \/nowhere\/socket; is the server running\?$/,
      false,
    ],
    [rude.url, /closed the connection$/, false],
    [rude.url.replace('mqtt:', 'mqtts:'), /127\.0\.0\.1:\d+/, false],
    [(await refusing(4)).url, /does not accept the credentials of "1"/, true],
    [(await refusing(5)).url, /does not accept the credentials of "1"/, true],
    [(await refusing(3)).url, /Server unavailable/, false],
  ]
  for (const [url, expected, refused] of cases) {
    const { retries, bus } = testBus(t, runnerBus({ url, ca: '' }, runner(1)))
    const failure = await retries.find(() => true)
    await bus.close()
    assert.match(failure.reason, expected)
    assert.equal(failure.refused, refused)
    assert.doesNotMatch(failure.reason, /\n/)
  }
})

test('a URL that cannot be used is refused at once', (t) => {
  for (const urls of [[], ['localhost:8883'], ['https://localhost'], ['mqtts://']]) {
    const options = runnerBus({ url: '', ca: '' }, runner(1), { urls })
    assert.throws(() => testBus(t, options), /^AppError: broker URL: expected/)
  }
})

test('a CA that is none is a failure like any other, not a crash', async (t) => {
  const url = (await deadUrl()).replace('mqtt:', 'mqtts:')
  const { retries, bus } = testBus(t, runnerBus({ url, ca: 'no PEM' }, runner(1)))
  const { reason } = await retries.find(() => true)
  assert.match(reason, /127\.0\.0\.1/)
  await bus.close()
})

/** An address where nobody listens any more. */
async function deadUrl(): Promise<string> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `mqtt://127.0.0.1:${port}`
}

/** Notes pauses instead of making them; after `count` of them the next one lasts for ever. */
function clockWithoutPauses(count: number) {
  const pauses = mailbox<number>()
  let monotonic = 0
  const clock: Clock = {
    now: () => 0,
    monotonic: () => monotonic,
    sleep(ms, signal) {
      if (pauses.all.length < count) {
        pauses.push(ms)
        return Promise.resolve()
      }
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
    },
  }
  const advance = (ms: number) => {
    monotonic += ms
  }
  return { clock, pauses, advance }
}
