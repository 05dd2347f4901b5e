/**
 * A broker and its links, as bad as MQTT over TCP allows: within a connection order is kept, though
 * the broker or an overfull queue may drop or repeat a message; what is in flight when a connection
 * ends is lost; neither end knows at once that it ended. Nothing is kept for those who are away.
 */
import type { Bus, BusHandlers } from '../../broker/bus.ts'
import { encode } from '../../broker/codec.ts'
import { createTopics } from '../../broker/topics.ts'
import { AppError } from '../../lib/errors.ts'
import type { Life, Timeline } from '../kit/timeline.ts'
import type { Random } from '../simulator/random.ts'

export const topics = createTopics()

export interface Weather {
  /** Longest time of one way between a runner and the broker, ms. */
  slowest: number
  /** 0 = any time up to `slowest`, 1 = always that long. */
  steady: number
  loss: number
  duplicates: number
}

/** In order, each message after the one before. */
class Lane {
  #last = 0
  readonly #wire: Wire

  constructor(wire: Wire) {
    this.#wire = wire
  }

  /** @param sure only the end of the connection can lose it */
  send(slowest: number, arrive: () => void, sure = false): void {
    const { timeline, random, weather } = this.#wire
    const lost = !sure && random.chance(weather.loss)
    const times = lost ? 0 : !sure && random.chance(weather.duplicates) ? 2 : 1
    for (let time = 0; time < times; time += 1) {
      const lasts = slowest * (weather.steady + (1 - weather.steady) * random.next())
      const at = Math.max(this.#last, timeline.now + lasts)
      this.#last = at
      timeline.after(at - timeline.now, arrive)
    }
  }
}

interface Connection {
  runner: number
  nonce: string
  life: Life
  /** False as soon as bytes no longer pass, whoever knows of it. */
  passes: boolean
  /** What the runner believes. */
  believed: boolean
  /** The broker has told its will, or was told goodbye. */
  closed: boolean
  /** Ends what was published and not taken by the broker. */
  unacked: Set<() => void>
  up: Lane
  down: Lane
  handlers: BusHandlers
}

export class Wire {
  readonly timeline: Timeline
  readonly random: Random
  weather: Weather
  readonly #connections = new Map<number, Connection>()
  readonly #revoked = new Set<number>()
  #connected = 0
  /** An embedded broker is away while its server is. */
  brokerUp = true
  #server: { up: boolean; inward: Lane; outward: Lane; onMessage: BusHandlers['onMessage'] }

  constructor(timeline: Timeline, random: Random, weather: Weather) {
    this.timeline = timeline
    this.random = random
    this.weather = weather
    this.#server = { up: false, inward: new Lane(this), outward: new Lane(this), onMessage() {} }
  }

  // ---- the server's link ----

  connectServer(onMessage: BusHandlers['onMessage']): void {
    this.#server = { up: true, inward: new Lane(this), outward: new Lane(this), onMessage }
  }

  /** The server's own link is lost, with all that is in flight on it. */
  cutServer(): void {
    this.#server.up = false
  }

  get serverUp(): boolean {
    return this.#server.up
  }

  readonly serverBus: Pick<Bus, 'publish'> = {
    publish: async (topic, payload) => {
      const link = this.#server
      if (!link.up) throw new AppError('unavailable', 'not connected')
      link.outward.send(2, () => {
        if (link.up) this.#toRunner(topic, payload)
      })
    },
  }

  #toServer(topic: string, payload: Uint8Array | string): void {
    const link = this.#server
    link.inward.send(2, () => {
      if (link.up) link.onMessage(topic, Buffer.from(payload), false)
    })
  }

  #toRunner(topic: string, payload: Uint8Array | string): void {
    const connection = this.#connections.get(topics.parse(topic)?.runner ?? 0)
    if (connection === undefined) return
    connection.down.send(this.weather.slowest, () => {
      if (!connection.passes || !connection.life.alive) return
      connection.handlers.onMessage(topic, Buffer.from(payload), false)
    })
  }

  // ---- the runners' links ----

  /** Connects after a while, unless the token is revoked or the process has died by then. */
  connect(runner: number, life: Life, handlers: BusHandlers): void {
    const arrive = () => {
      if (this.#revoked.has(runner)) return
      if (!this.brokerUp) return this.timeline.after(1000, arrive, life)
      const older = this.#connections.get(runner)
      if (older !== undefined) this.#close(older)
      const nonce = `n${runner}.${++this.#connected}`
      const connection: Connection = {
        runner,
        nonce,
        life,
        passes: true,
        believed: true,
        closed: false,
        unacked: new Set(),
        up: new Lane(this),
        down: new Lane(this),
        handlers,
      }
      this.#connections.set(runner, connection)
      handlers.onConnect(nonce)
    }
    this.timeline.after(this.random.next() * this.weather.slowest * 2, arrive, life)
  }

  busOf(runner: number, life: Life): Pick<Bus, 'publish'> {
    return {
      publish: async (topic, payload) => {
        const connection = this.#connections.get(runner)
        if (connection?.life !== life || !connection.believed) {
          throw new AppError('unavailable', 'not connected')
        }
        await new Promise<void>((resolve, reject) => {
          const fail = () => reject(new AppError('unavailable', 'the connection ended'))
          connection.unacked.add(fail)
          const puback = () => {
            connection.unacked.delete(fail)
            resolve()
          }
          const arrive = () => {
            if (!connection.passes) return
            this.#toServer(topic, payload)
            this.timeline.after(this.random.next() * this.weather.slowest, puback, life)
          }
          connection.up.send(this.weather.slowest, arrive, true)
        })
      },
    }
  }

  /** The runner's link is lost. Both ends learn of it, each in its own time; it then connects anew. */
  cut(runner: number): void {
    const connection = this.#connections.get(runner)
    if (connection === undefined || !connection.passes) return
    connection.passes = false
    const { timeline, random } = this
    timeline.after(random.int(0, 45_000), () => this.#close(connection))
    const notice = () => {
      connection.believed = false
      for (const fail of connection.unacked) fail()
      connection.handlers.onDisconnect('cut')
      this.connect(runner, connection.life, connection.handlers)
    }
    timeline.after(random.int(0, 5_000), notice, connection.life)
  }

  /** The embedded broker dies with the server. */
  cutAll(): void {
    for (const runner of this.#connections.keys()) this.cut(runner)
  }

  /** The process is gone; the broker is told by a reset, or learns of it by silence. */
  gone(runner: number, { goodbye }: { goodbye: boolean }): void {
    const connection = this.#connections.get(runner)
    if (connection === undefined) return
    connection.passes = false
    if (goodbye) connection.closed = true
    const silent = this.random.chance(0.3) ? 45_000 : 100
    this.timeline.after(silent, () => this.#close(connection))
  }

  /** Its token is taken back: what it is connected by ends, and it comes in no more. */
  revoke(runner: number): void {
    this.#revoked.add(runner)
    const connection = this.#connections.get(runner)
    if (connection === undefined) return
    connection.passes = false
    this.#close(connection)
  }

  #close(connection: Connection): void {
    const { runner, nonce } = connection
    connection.passes = false
    if (this.#connections.get(runner) === connection) this.#connections.delete(runner)
    if (connection.closed) return
    connection.closed = true
    const will = encode('presence', { v: 1, kind: 'presence', nonce, online: false })
    this.#toServer(topics.of({ channel: 'presence', runner }), will)
  }
}
