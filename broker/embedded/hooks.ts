/**
 * Aedes' options: every hook asks the ACL (acl.ts) and answers at once. A hook that kept its callback
 * back would stop the whole broker after a hundred messages.
 *
 * What is not allowed closes the connection. A single refusal (SUBACK 0x80) would be kinder, but in
 * Aedes a denied filter can survive in a stored session; and a client that publishes what it may not
 * is broken or hostile. Our own bus starts each connection with an empty queue, so nothing loops.
 *
 * A PUBACK of Aedes means that the bytes were parsed, no more: it is sent before the message is
 * passed on. Nothing in Outstation relies on it; only application acks count.
 */
import type { AedesOptions, AuthenticateError, Client, ConnectPacket } from 'aedes'
import { allows, type Identity } from '../acl.ts'
import type { Topics } from '../topics.ts'
import { Gate } from './gate.ts'
import type { BrokerLimits } from './limits.ts'
import type { KnownRunners } from './runners.ts'

export const serverName = 'server'

export interface HookOptions {
  topics: Topics
  runners: KnownRunners
  /** True for the password of the server's own connection. */
  isServer(password: Uint8Array): boolean
  limits: BrokerLimits
}

export function brokerOptions({ topics, runners, isServer, limits }: HookOptions): AedesOptions {
  return {
    // 0 = no limit on messages under way: with 100 of them waiting for one stalled client, nobody
    // else would get anything.
    concurrency: 0,
    // Only the server's gate ever makes Aedes wait for a drain (gate.ts).
    drainTimeout: limits.stallMs,
    connectTimeout: limits.connectMs,
    keepaliveLimit: limits.keepaliveS,
    // replies/<id>/<task>/<attempt>/<channel> is the deepest of our topics.
    maxTopicLevels: topics.prefix.split('/').length + 5,

    preConnect(_client, packet, done) {
      // No session outlives its connection, so no queue grows for a runner that never returns.
      packet.clean = true
      const fault = connectFault(packet)
      done(fault, fault === null)
    },

    authenticate(client, username, password, done) {
      const gate = gateOf(client)
      const secret = password ?? Buffer.alloc(0)
      const id = runnerId(client.id)
      const known =
        gate.role === 'server'
          ? username === serverName && id === nobody && isServer(secret)
          : username === client.id && runners.accepts(id, secret)
      if (!known) return done(wrongCredentials(), false)
      // Now, and not at the CONNACK: what the client sends next may arrive before we hear of that.
      gate.admit()
      if (gate.role === 'runner') runners.enter(id, gate)
      done(null, true)
    },

    authorizePublish(client, packet, done) {
      done(client === null ? denied('no client') : publishFault(client, packet))
    },

    authorizeSubscribe(client, subscription, done) {
      const filter = subscription.topic
      const right = allows(topics, identityOf(client), { kind: 'subscribe', filter })
      done(right ? null : denied(`a subscription to ${filter}`), right ? subscription : null)
    },

    authorizeForward(client, packet) {
      const gate = gateOf(client)
      if (gate.role === 'server') return packet
      if (gate.overdue) gate.destroy(new Error(`it does not read; ${limits.unread} bytes wait`))
      const readable = { kind: 'subscribe', filter: packet.topic } as const
      return allows(topics, identityOf(client), readable) ? packet : null
    },
  }

  /** The client id is not proven yet; `authenticate` lets nobody in under another's. */
  function connectFault({ clientId, protocolVersion, will }: ConnectPacket): Error | null {
    // The CONNACK for other versions, which may leave the id out, is Aedes' own.
    if (protocolVersion === 4 && clientId === '') return denied('an empty client id')
    if (will === undefined) return null
    const { topic, qos, payload, retain = false } = will
    const identity: Identity = { role: 'runner', id: runnerId(clientId) }
    const own = retain && qos === 1 && allows(topics, identity, { kind: 'will', topic, retain })
    if (!own) return denied(`a will on ${topic} with QoS ${qos} and retain ${retain}`)
    return payload.length > limits.kept ? denied(`a will of ${payload.length} bytes`) : null
  }

  /** QoS 1 only: in Aedes a QoS 0 message that overtakes a QoS 1 message makes it disappear. */
  function publishFault(client: Client, packet: Published): Error | null {
    const { topic, retain, qos, payload } = packet
    if (qos !== 1) return denied(`a message of QoS ${qos} on ${topic}`)
    if (!allows(topics, identityOf(client), { kind: 'publish', topic, retain })) {
      return denied(`a ${retain ? 'retained ' : ''}message on ${topic}`)
    }
    const keeps = topics.parse(topic)?.channel === 'presence'
    if (keeps && payload.length > limits.kept) return denied(`${payload.length} bytes of presence`)
    return null
  }
}

type Published = { topic: string; retain: boolean; qos: number; payload: string | Buffer }

export function gateOf(client: Client): Gate {
  if (client.conn instanceof Gate) return client.conn
  throw new TypeError('a client without a gate in front of it')
}

export function identityOf(client: Client): Identity {
  return gateOf(client).role === 'server'
    ? { role: 'server' }
    : { role: 'runner', id: runnerId(client.id) }
}

const nobody = 0

/** `nobody` if the client id is no runner's: a positive decimal without sign or leading zero. */
function runnerId(clientId: string): number {
  return /^[1-9][0-9]{0,14}$/.test(clientId) ? Number(clientId) : nobody
}

function denied(what: string): Error {
  return new Error(`not allowed: ${what}`)
}

function wrongCredentials(): AuthenticateError {
  return Object.assign(new Error('unknown id or wrong token'), { returnCode: 4 as const })
}
