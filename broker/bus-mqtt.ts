/**
 * The Bus over MQTT 3.1.1: one connection after the other, each with a client of its own, so that
 * nothing which mqtt.js queued for a lost connection is ever replayed into the next. What is unsent
 * belongs to the caller (bus.ts).
 */
import { backoff } from '../lib/backoff.ts'
import { type Clock, systemClock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Bus, BusHandlers } from './bus.ts'
import { type Connection, openConnection, target } from './bus-mqtt-connection.ts'

export interface BusOptions {
  /**
   * Tried in turn, the one that worked last first: `mqtts://host:8883`, `wss://host/mqtt`,
   * `mqtt://host:1883` (in clear), `unix:/path/of/socket`.
   */
  urls: readonly string[]
  /** PEM. The only authorities that are trusted; the system's if absent. */
  ca?: string | undefined
  username: string
  password: string
  clientId: string
  /** Subscribed with QoS 1, all or nothing, before each `onConnect`. */
  filters: readonly string[]
  /** What the broker says for us when the connection is lost: QoS 1, retained. */
  will?: ((nonce: string) => { topic: string; payload: string }) | undefined
  /** A link that brings nothing for so long is asked, and given up after 1.5 times this, s. */
  keepaliveS?: number
  clock?: Clock
  random?: () => number
  /** Closes the bus. */
  signal?: AbortSignal | undefined
}

const retry = { first: 1_000, cap: 60_000 }

/**
 * A connection that held for less than this does not reset the backoff: two machines with the same
 * runner id throw each other out at once, for ever.
 */
const steadyMs = 10_000

/**
 * Connects and stays connected until `close`.
 * @throws AppError `config` at once if there is no URL, or one that cannot be used.
 */
export function connectBus(options: BusOptions, handlers: BusHandlers): Bus {
  const { urls, clock = systemClock, random = Math.random, signal } = options
  if (urls.length === 0) throw new AppError('config', 'broker URL: expected at least one, got none')
  for (const url of urls) target(url)
  const closing = new AbortController()
  let current: Connection | undefined

  const running = run()
  if (signal?.aborted) void close()
  signal?.addEventListener('abort', () => void close(), { once: true })

  async function run(): Promise<void> {
    let at = 0
    let failed = 0
    let rounds = 0
    while (!closing.signal.aborted) {
      const began = clock.monotonic()
      const connection = openConnection(urls[at] as string, options, {
        onMessage: handlers.onMessage,
        onUp: handlers.onConnect,
      })
      current = connection
      const ending = await connection.ended
      if (closing.signal.aborted) return
      if (ending.wasUp) handlers.onDisconnect(ending.reason)

      if (ending.wasUp && clock.monotonic() - began > steadyMs) rounds = 0
      failed = ending.wasUp ? 0 : failed + 1
      if (!ending.wasUp) at = (at + 1) % urls.length
      // The next candidate at once; a pause when all of them failed or a connection was lost.
      const pause = failed % urls.length === 0
      const retryMs = pause ? backoff(rounds++, { ...retry, random }) : 0
      if (!ending.wasUp) {
        handlers.onRetry?.({ reason: ending.reason, refused: ending.refused, retryMs })
      }
      await clock.sleep(retryMs, closing.signal).catch(() => {})
    }
  }

  async function close(): Promise<void> {
    closing.abort()
    await current?.close()
    await running
  }

  return {
    async publish(topic, payload, { retain = false } = {}) {
      if (current?.up !== true) {
        throw new AppError('unavailable', 'not connected to the broker')
      }
      await current.publish(topic, payload, retain)
    },
    get connected() {
      return current?.up === true
    },
    close,
  }
}
