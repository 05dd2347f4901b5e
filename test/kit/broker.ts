/** Builders for tests of the wire: a CA, a running embedded broker, mailboxes, a client that misbehaves. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { generate as generatePacket, type IConnectPacket, type Packet, parser } from 'mqtt-packet'
import { generate as generateCertificate } from 'selfsigned'
import { type BusOptions, connectBus } from '../../broker/bus-mqtt.ts'
import type { Credentials } from '../../broker/credentials.ts'
import {
  type EmbeddedBroker,
  type EmbeddedBrokerOptions,
  startEmbeddedBroker,
} from '../../broker/embedded/start.ts'
import { Pace } from '../../broker/pace.ts'
import { createTopics } from '../../broker/topics.ts'
import { secretToken, sha256hex } from '../../lib/ids.ts'
import { createLog } from '../../lib/log.ts'

/** Node's TestContext, as far as it is needed here. */
export interface Ends {
  after(step: () => unknown): void
}

export interface Authority {
  /** PEM of the CA's certificate. */
  ca: string
  /** A certificate for `localhost` and 127.0.0.1, unless told otherwise. */
  issue(options?: { host?: string; notAfter?: Date }): Promise<{ cert: string; key: string }>
}

export async function createAuthority(name = 'test CA'): Promise<Authority> {
  const strong = { keyType: 'ec', algorithm: 'sha256' } as const
  const root = await generateCertificate([{ name: 'commonName', value: name }], {
    ...strong,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  })
  return {
    ca: root.cert,
    async issue({ host, notAfter } = {}) {
      const altNames = host
        ? [{ type: 2 as const, value: host }]
        : [
            { type: 2 as const, value: 'localhost' },
            { type: 7 as const, ip: '127.0.0.1' },
          ]
      const leaf = await generateCertificate([{ name: 'commonName', value: host ?? 'localhost' }], {
        ...strong,
        ca: { key: root.private, cert: root.cert },
        extensions: [{ name: 'subjectAltName', altNames }],
        ...(notAfter && { notBeforeDate: new Date(0), notAfterDate: notAfter }),
      })
      return { cert: leaf.cert, key: leaf.private }
    },
  }
}

export const topics = createTopics('test/v1')

export interface Runner {
  id: number
  token: string
  tokenHash: string
}

/** A runner as `Credentials` takes it. */
export function runner(id: number, token: string = secretToken('')): Runner {
  return { id, token, tokenHash: sha256hex(token) }
}

export interface TestBroker extends EmbeddedBroker {
  url: string
  ca: string
  /** What the broker logged so far, a line each. */
  log: Mailbox<string>
}

/** An embedded broker on loopback that ends with the test. */
export async function testBroker(
  t: Ends,
  options: Partial<EmbeddedBrokerOptions> = {},
): Promise<TestBroker> {
  const authority = await createAuthority()
  const log = mailbox<string>()
  const broker = await startEmbeddedBroker({
    topics,
    tls: await authority.issue(),
    host: '127.0.0.1',
    port: 0,
    log: createLog({ write: (line) => log.push(line), level: 'debug' }),
    ...options,
  })
  t.after(() => broker.close())
  return { ...broker, url: `mqtts://127.0.0.1:${broker.port}`, ca: authority.ca, log }
}

export interface Mailbox<T> {
  readonly all: readonly T[]
  push(item: T): void
  /** The first item that matches, of those that came already or of those to come. */
  find(matches: (item: T) => boolean, what?: string): Promise<T>
}

/** @param patienceMs after which `find` gives up and says what it has got instead. */
export function mailbox<T>(patienceMs = 10_000): Mailbox<T> {
  const all: T[] = []
  const waiting = new Set<() => void>()
  return {
    all,
    push(item) {
      all.push(item)
      for (const look of waiting) look()
    },
    find(matches, what = String(matches)) {
      return new Promise((resolve, reject) => {
        const giveUp = () => {
          waiting.delete(look)
          const got = JSON.stringify(all).slice(0, 2_000)
          reject(new Error(`waited ${patienceMs} ms for ${what}, got ${got}`))
        }
        const timer = setTimeout(giveUp, patienceMs)
        const look = () => {
          const found = all.find(matches)
          if (found === undefined) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      })
    },
  }
}

export interface Message {
  topic: string
  text: string
  retained: boolean
}

/** A bus with everything that it reports in mailboxes. */
export function testBus(t: Ends, options: BusOptions) {
  const messages = mailbox<Message>()
  const connects = mailbox<string>()
  const drops = mailbox<string>()
  const retries = mailbox<{ reason: string; refused: boolean; retryMs: number }>()
  const bus = connectBus(
    // Nearly no pause between two tries, unless the test is about that.
    { pace: new Pace({ random: () => 0.02 }), ...options },
    {
      onMessage: (topic, payload, retained) =>
        messages.push({ topic, text: Buffer.from(payload).toString(), retained }),
      onConnect: (nonce) => connects.push(nonce),
      onDisconnect: (reason) => drops.push(reason),
      onRetry: (failure) => retries.push(failure),
    },
  )
  t.after(() => bus.close())
  return { bus, messages, connects, drops, retries }
}

/** How runner `who` connects, as a well-behaved runner does. */
export function runnerBus(
  broker: { url: string; ca: string },
  who: Runner,
  more: Partial<BusOptions> = {},
): BusOptions {
  return {
    urls: [broker.url],
    ca: broker.ca,
    username: String(who.id),
    password: who.token,
    clientId: String(who.id),
    filters: topics.runnerFilters(who.id),
    ...more,
  }
}

export interface RawClient {
  readonly socket: Socket
  send(packet: Packet): void
  readonly received: Mailbox<Packet>
  /** Resolves when the far side has closed the connection. */
  readonly closed: Promise<unknown>
  /** True if the CONNACK says yes; false for any other answer, a closed connection included. */
  connect(packet?: Partial<IConnectPacket>): Promise<boolean>
  /** True if every filter was granted; false if one was refused or the connection was closed. */
  subscribe(...filters: string[]): Promise<boolean>
  /** Resolves at the PUBACK, or when the connection is closed; a broker may answer either way. */
  publish(topic: string, payload: string, options?: { retain?: boolean }): Promise<void>
}

/** A client that may do everything that mqtt.js would not. @param url mqtt://, mqtts:// or unix: */
export async function rawClient(
  t: Ends,
  { url, ca }: { url: string; ca?: string },
): Promise<RawClient> {
  const socket = dial(url, ca)
  const received = mailbox<Packet>()
  const packets = parser({ protocolVersion: 4 })
  packets.on('packet', (packet: Packet) => received.push(packet))
  socket.on('data', (bytes) => packets.parse(bytes))
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  t.after(() => socket.destroy())
  const ready = once(socket, url.startsWith('mqtts:') ? 'secureConnect' : 'connect')
  await Promise.race([ready.catch(() => closed), closed])
  let messageId = 0

  const answer = async <P extends Packet>(matches: (packet: Packet) => boolean) =>
    (await Promise.race([received.find(matches), closed.then(() => undefined)])) as P | undefined
  const send = (packet: Packet) => void socket.write(generatePacket(packet))
  return {
    socket,
    received,
    closed,
    send,
    async connect(packet = {}) {
      send({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        keepalive: 60,
        clientId: '',
        ...packet,
      } as IConnectPacket)
      const connack = await answer(({ cmd }) => cmd === 'connack')
      return connack?.cmd === 'connack' && connack.returnCode === 0
    },
    async subscribe(...filters) {
      messageId += 1
      const id = messageId
      const subscriptions = filters.map((topic) => ({ topic, qos: 1 as const }))
      send({ cmd: 'subscribe', messageId: id, subscriptions })
      const suback = await answer(({ cmd, messageId }) => cmd === 'suback' && messageId === id)
      return suback?.cmd === 'suback' && suback.granted.every((granted) => Number(granted) < 0x80)
    },
    async publish(topic, payload, { retain = false } = {}) {
      messageId += 1
      const id = messageId
      send({ cmd: 'publish', topic, payload, qos: 1, dup: false, retain, messageId: id })
      await answer(({ cmd, messageId }) => cmd === 'puback' && messageId === id)
    },
  }
}

/** The CONNECT of runner `who`. */
export function as(who: Runner, more: Partial<IConnectPacket> = {}): Partial<IConnectPacket> {
  const id = String(who.id)
  return { clientId: id, username: id, password: Buffer.from(who.token), ...more }
}

/** Makes `who` known to the broker and connects as it. */
export async function enter(
  t: Ends,
  broker: { url: string; ca: string; credentials: Credentials },
  who: Runner,
  more: Partial<IConnectPacket> = {},
): Promise<RawClient> {
  await broker.credentials.put(who)
  const client = await rawClient(t, broker)
  assert.equal(await client.connect(as(who, more)), true, `runner ${who.id} may connect`)
  return client
}

/** Rejects if `promise` has not settled in time: what must be quick is measured, not slept for. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: expected within ${ms} ms`)), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

function dial(url: string, ca?: string): Socket {
  if (url.startsWith('unix:')) return connectTcp(url.slice('unix:'.length))
  const { protocol, hostname, port } = new URL(url)
  const where = { host: hostname, port: Number(port) }
  return protocol === 'mqtts:' ? connectTls({ ...where, ...(ca && { ca }) }) : connectTcp(where)
}
