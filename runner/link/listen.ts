/** The one connection of a runner: what it subscribes to, what it leaves as its will, what it hears. */
import type { BusHandlers } from '../../broker/bus.ts'
import type { BusOptions } from '../../broker/bus-mqtt.ts'
import { encode } from '../../broker/codec.ts'
import type { Welcome } from '../../broker/messages.ts'
import type { Pace } from '../../broker/pace.ts'
import type { Topics } from '../../broker/topics.ts'
import type { Clock } from '../../lib/clock.ts'
import { lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { Sparing } from '../../lib/sparing.ts'
import type { RunnerEvent } from '../core/state.ts'
import { parseInbox } from './inbox.ts'
import { Distrusted, type Trust } from './trust.ts'

export interface RunnerIdentity {
  id: number
  token: string
  urls: readonly string[]
  ca: string | undefined
}

/** Username = client id = runner id, password = token; the will says that this connection is gone. */
export function connectionOptions(identity: RunnerIdentity, topics: Topics): BusOptions {
  const { id, token, urls, ca } = identity
  return {
    urls,
    ca,
    username: String(id),
    clientId: String(id),
    password: token,
    filters: topics.runnerFilters(id),
    will: (nonce) => ({
      topic: topics.of({ channel: 'presence', runner: id }),
      payload: encode('presence', { v: 1, kind: 'presence', nonce, online: false }),
    }),
  }
}

export interface Ears {
  topics: Topics
  post(event: RunnerEvent): void
  onLogAck(task: number, attempt: number, nextSeq: number): void
  /** The server has these damage reports. */
  onRecorded(ids: readonly string[]): void
  /** The server wants the cache cleared. */
  onClearCache(wish: NonNullable<Welcome['clear_cache']>): void
  pace: Pace
  /** Undefined: its server is older than signatures. */
  trust: Trust | undefined
  /** What the server said itself was not believed (why), or was again (undefined). */
  onTrust(reason: string | undefined): void
  clock: Clock
  log: Log
}

type WelcomeEvent = Extract<RunnerEvent, { kind: 'welcome' }>

/** While the server is away this is said once a minute, not at each try. */
const complainMs = 60_000

const ifRemoved = 'if it was removed on the server, register it anew: `outstation runner register`'

export function connectionHandlers(ears: Ears): BusHandlers {
  const { topics, post, onLogAck, onRecorded, onClearCache } = ears
  const { pace, trust, onTrust, clock, log } = ears
  let complaints = new Sparing({ everyMs: complainMs, clock })
  /** A task whose grant is not believed ends with the reason, instead of being asked for again for ever. */
  const beware = ({ about, message: reason }: Distrusted) => {
    if (about.kind === 'welcome') return onTrust(reason)
    if (about.kind !== 'grant' && about.kind !== 'sealed-grant') return
    post({ kind: 'distrusted', task: about.task, attempt: about.attempt, reason })
  }
  return {
    onMessage(topic, payload) {
      try {
        const event = parseInbox(topics, topic, payload, trust)
        if (event.kind === 'log-ack') return onLogAck(event.task, event.attempt, event.nextSeq)
        if (event.kind === 'welcome') {
          onTrust(undefined)
          heed(event, pace)
          onRecorded(event.recorded ?? [])
          if (event.clearCache !== undefined) onClearCache(event.clearCache)
        }
        post(event)
      } catch (error) {
        log.warn('message refused', { topic, reason: lineOf(error) })
        if (error instanceof Distrusted && !error.replayed) beware(error)
      }
    },
    onConnect(nonce) {
      complaints = new Sparing({ everyMs: complainMs, clock })
      log.info('connected')
      post({ kind: 'connected', nonce })
    },
    onDisconnect(reason) {
      log.warn('disconnected', { reason })
      post({ kind: 'disconnected' })
    },
    onRetry({ reason, refused }) {
      const event = refused ? 'refused by the broker' : 'server not reached; trying on'
      if (complaints.happened(event) === 0) return
      log.warn(event, { reason, ...(refused && { fix: ifRemoved }) })
    },
  }
}

/** How to come back, should this connection be lost. */
function heed({ reconnectMs, contested }: WelcomeEvent, pace: Pace): void {
  if (reconnectMs !== undefined) pace.spread(reconnectMs)
  if (!contested) pace.settled()
}
