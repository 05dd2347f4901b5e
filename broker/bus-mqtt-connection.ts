/** One MQTT connection, from its first packet to its end. It is never used twice. */
import { connect, type IClientOptions, type MqttClient, UniqueMessageIdProvider } from 'mqtt'
import { AppError, lineOf } from '../lib/errors.ts'
import { nonce as newNonce } from '../lib/ids.ts'
import type { BusOptions } from './bus-mqtt.ts'
import { explain } from './bus-reason.ts'

export interface Connection {
  /** True from the moment that all subscriptions are granted until the end. */
  readonly up: boolean
  /** Resolves at PUBACK; rejects with `unavailable` if the connection ends first. Only while up. */
  publish(topic: string, payload: Uint8Array | string, retain: boolean): Promise<void>
  /** Resolves once it is over, by `close` or by itself; never rejects. */
  readonly ended: Promise<Ending>
  /** Says goodbye, so that no will is sent. */
  close(): Promise<void>
}

export interface Ending {
  wasUp: boolean
  /** One line for a person. */
  reason: string
  /** The broker does not accept the credentials. */
  refused: boolean
}

export interface ConnectionHandlers {
  onUp(nonce: string): void
  onMessage(topic: string, payload: Uint8Array, retained: boolean): void
}

/** TCP, TLS and CONNACK together. */
const connectMs = 10_000
/** The same and the SUBACK: no broker may keep us hanging half connected. */
const upMs = 15_000
/** How long `close` waits for the PUBACKs that are still to come. */
const goodbyeMs = 1_000

export function openConnection(
  url: string,
  options: BusOptions,
  { onUp, onMessage }: ConnectionHandlers,
): Connection {
  const nonce = newNonce()
  let client: MqttClient
  try {
    client = connect(clientOptions(url, options, nonce))
  } catch (error) {
    return stillborn({ wasUp: false, ...explain(error, url, options.username) })
  }
  const unacked = new Set<(error: AppError) => void>()
  /** A message may arrive in the same segment as the SUBACK, before mqtt.js tells us of that. */
  const early: Parameters<typeof onMessage>[] = []
  let up = false
  let over = false
  let failure: unknown

  const ended = new Promise<Ending>((resolve) => {
    const end = (error?: unknown) => {
      failure ??= error
      if (over) return
      over = true
      clearTimeout(tooLate)
      const wasUp = up
      up = false
      client.end(true)
      const ending = { wasUp, ...explain(failure, url, options.username) }
      for (const reject of unacked) reject(new AppError('unavailable', ending.reason))
      resolve(ending)
    }
    const tooLate = setTimeout(() => end(new Error('it did not answer in time')), upMs)
    client.on('close', end)
    client.on('error', end)
    // A link that brings bytes is alive, though a message of megabytes holds up the answer to a ping
    // for minutes; mqtt.js would count whole packets only.
    client.stream.on('data', () => client.reschedulePing())
    // mqtt.js keeps errors without a code to itself, such as a proxy's answer to the WebSocket.
    client.stream.on('error', (error) => {
      failure ??= error
    })
    client.on('connect', () => {
      subscribe(client, options.filters, (error) => {
        if (over) return
        if (error) return end(error)
        clearTimeout(tooLate)
        up = true
        onUp(nonce)
        for (const message of early.splice(0)) onMessage(...message)
      })
    })
  })

  /**
   * mqtt.js holds back what it writes until the next tick, and that comes only when no promise has
   * anything left to do: an offer would not leave before the POST of its task is answered.
   */
  const flush = () => {
    while (client.stream.writableCorked > 0) client.stream.uncork()
  }

  const publish: Connection['publish'] = (topic, payload, retain) =>
    new Promise((resolve, reject) => {
      unacked.add(reject)
      client.publish(topic, asBuffer(payload), { qos: 1, retain }, (error) => {
        unacked.delete(reject)
        if (error) reject(new AppError('unavailable', `not published: ${lineOf(error)}`))
        else resolve()
      })
      queueMicrotask(flush)
    })

  client.on('message', (topic, payload, { retain }) => {
    if (up) onMessage(topic, payload, retain)
    else if (!over) early.push([topic, payload, retain])
  })

  return {
    ended,
    get up() {
      return up
    },
    publish,
    async close() {
      failure ??= new Error('closed by this side')
      // `end(true)` does nothing once `end()` has begun to wait.
      const force = setTimeout(() => client.stream.destroy(), goodbyeMs)
      // A broker forgets the will of who says goodbye, so that is said first: nobody is to wait for a
      // silence to find out that a runner was ended.
      const will = up ? options.will?.(nonce) : undefined
      if (will) await publish(will.topic, will.payload, true).catch(() => {})
      client.end()
      await ended
      clearTimeout(force)
    },
  }
}

/** What TLS refuses to begin with, such as a `ca` that is no certificate. */
function stillborn(ending: Ending): Connection {
  return {
    up: false,
    ended: Promise.resolve(ending),
    publish: () => Promise.reject(new AppError('unavailable', ending.reason)),
    close: async () => {},
  }
}

function clientOptions(url: string, options: BusOptions, nonce: string): IClientOptions {
  const will = options.will?.(nonce)
  return {
    ...target(url),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(will && {
      will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
    }),
    clientId: options.clientId,
    username: options.username,
    password: options.password,
    keepalive: options.keepaliveS ?? 30,
    protocolVersion: 4,
    clean: true,
    connectTimeout: connectMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    timerVariant: 'native',
    // The default hands out an id again while its first message is still unacknowledged.
    messageIdProvider: new UniqueMessageIdProvider(),
    wsOptions: { perMessageDeflate: false, handshakeTimeout: connectMs },
  }
}

/** @throws AppError `config` if this is no URL that the bus can use. */
export function target(url: string): IClientOptions {
  if (url.startsWith('unix:')) {
    return { protocol: 'mqtt', unixSocket: true, path: url.slice('unix:'.length) }
  }
  if (!/^(mqtts?|wss?):\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new AppError('config', `broker URL: expected mqtts:, wss:, mqtt: or ws:, got "${url}"`)
  }
  const { protocol, hostname, port, pathname } = new URL(url)
  return {
    protocol: protocol.slice(0, -1) as 'mqtt' | 'mqtts' | 'ws' | 'wss',
    hostname: hostname.replace(/^\[|\]$/g, ''),
    ...(port && { port: Number(port) }),
    path: pathname,
  }
}

function subscribe(
  client: MqttClient,
  filters: readonly string[],
  done: (error: Error | null) => void,
): void {
  if (filters.length === 0) return done(null)
  client.subscribe(Object.fromEntries(filters.map((filter) => [filter, { qos: 1 }])), done)
}

function asBuffer(payload: Uint8Array | string): Buffer | string {
  if (typeof payload === 'string' || Buffer.isBuffer(payload)) return payload
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
}
