/**
 * The Bus over MQTT 3.1.1: one connection after the other, each with a client of its own, so that
 * nothing which mqtt.js queued for a lost connection is ever replayed into the next. What is unsent
 * belongs to the caller (bus.ts).
 */
import { type Clock, systemClock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Bus, BusHandlers } from './bus.ts'
import { type Connection, openConnection, target } from './bus-mqtt-connection.ts'
import { Pace } from './pace.ts'

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
  /** Decides the pauses between two connections; one of its own if absent. */
  pace?: Pace
  /** Closes the bus. */
  signal?: AbortSignal | undefined
}

/**
 * Connects and stays connected until `close`.
 * @throws AppError `config` at once if there is no URL, or one that cannot be used.
 */
export function connectBus(options: BusOptions, handlers: BusHandlers): Bus {
  const { urls, clock = systemClock, signal } = options
  const pace = options.pace ?? new Pace({ random: Math.random })
  if (urls.length === 0) throw new AppError('config', 'broker URL: expected at least one, got none')
  for (const url of urls) target(url)
  const closing = new AbortController()
  let current: Connection | undefined
  let restMs: number | undefined

  const running = run()
  if (signal?.aborted) void close()
  signal?.addEventListener('abort', () => void close(), { once: true })

  async function run(): Promise<void> {
    let at = 0
    let failed = 0
    while (!closing.signal.aborted) {
      let upAt: number | undefined
      const connection = openConnection(urls[at] as string, options, {
        onMessage: handlers.onMessage,
        onUp(nonce) {
          upAt = clock.monotonic()
          handlers.onConnect(nonce)
        },
      })
      current = connection
      const ending = await connection.ended
      if (closing.signal.aborted) return
      if (restMs !== undefined) {
        const ms = restMs
        restMs = undefined
        await clock.sleep(ms, closing.signal).catch(() => {})
        continue
      }
      const { wasUp, reason, refused } = ending
      const heldMs = upAt === undefined ? undefined : clock.monotonic() - upAt
      if (wasUp) handlers.onDisconnect(reason)
      failed = wasUp ? 0 : failed + 1
      if (!wasUp) at = (at + 1) % urls.length
      // The next candidate at once; a pause when all of them failed or a connection was lost.
      const retryMs = failed % urls.length === 0 ? pace.next({ heldMs, refused }) : 0
      if (!wasUp) handlers.onRetry?.({ reason, refused, retryMs })
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
    rest(ms) {
      // Whoever was thrown out in the same moment comes again in its own time; the next one did not ask.
      if (current?.up !== true) return
      restMs = ms
      void current.close()
    },
    close,
  }
}
