/** A broker that keeps nothing: who is connected now gets what is said now, if the weather lets it. */
import type { BusHandlers } from '../../../broker/bus.ts'
import { encode } from '../../../broker/codec.ts'
import { createTopics } from '../../../broker/topics.ts'
import { AppError } from '../../../lib/errors.ts'
import type { Life } from '../../kit/timeline.ts'
import { Connection, type Ends } from './connection.ts'
import { Lane, type Sky } from './lane.ts'

export const topics = createTopics()

/** The server as the broker sees it: the one client that reads what runners say. */
interface ServerLink extends ServerEnd {
  inward: Lane
  outward: Lane
}

interface ServerEnd extends Pick<BusHandlers, 'onMessage'> {
  life: Life
  onLost(): void
}

/** Between server and broker: one machine or one room, ms. */
export const near = 2

export class Broker {
  readonly sky: Sky
  readonly #connections = new Map<number, Connection>()
  readonly #revoked = new Set<number>()
  /** Runners, and 0 for the server, and until when nothing of them gets through. */
  readonly #partitioned = new Map<number, number>()
  #server: ServerLink | undefined
  #accepted = 0
  /** An embedded broker is away while its server is. */
  up = false
  /** Sees each message when it is said, before anybody else. */
  onServerSays: (topic: string, payload: Uint8Array) => void = () => {}
  /** Told whenever the server's link is there, and gone. */
  onServerLink: (isThere: boolean) => void = () => {}
  onRunnerSays: (runner: number, topic: string, payload: Uint8Array) => void = () => {}

  constructor(sky: Sky) {
    this.sky = sky
  }

  /** False if it is down, or no packet of this client gets through; 0 = the server. */
  reachable(client: number): boolean {
    return this.up && (this.#partitioned.get(client) ?? 0) <= this.sky.timeline.now
  }

  // ---- the server ----

  acceptServer(end: ServerEnd): void {
    this.#server = { ...end, inward: new Lane(this.sky, end.life), outward: new Lane(this.sky) }
    this.onServerLink(true)
  }

  serves(life: Life): boolean {
    return this.#server?.life === life
  }

  /** The server's link is lost with all that is in flight on it. */
  dropServer(awayMs: number): void {
    if (this.#server === undefined) return
    this.#server.inward.dead = true
    this.#server.outward.dead = true
    this.#server.onLost()
    this.#server = undefined
    this.onServerLink(false)
    this.#partitioned.set(0, this.sky.timeline.now + awayMs)
  }

  fromServer(life: Life, topic: string, payload: Uint8Array): void {
    if (!this.serves(life)) throw new AppError('unavailable', 'not connected')
    this.onServerSays(topic, payload)
    this.#server?.outward.send(near, () => {
      this.#connections.get(topics.parse(topic)?.runner ?? 0)?.deliver(topic, payload)
    })
  }

  #toServer(topic: string, payload: Uint8Array): void {
    const link = this.#server
    link?.inward.send(near, () => link.onMessage(topic, payload, false))
  }

  // ---- the runners ----

  /** A new connection of a runner throws the old one out. */
  accept(runner: number, ends: Omit<Ends, 'onClosed'>): Connection {
    this.#connections.get(runner)?.close()
    const nonce = `n${runner}.${++this.#accepted}`
    const onClosed = (closed: Connection) => this.#closed(closed)
    const connection = new Connection(runner, nonce, this.sky, { ...ends, onClosed })
    this.#connections.set(runner, connection)
    return connection
  }

  /** The token is known. */
  knows(runner: number): boolean {
    return !this.#revoked.has(runner)
  }

  /** A token is taken back: what it is connected by ends, and it comes in no more. */
  revoke(runner: number): void {
    this.#revoked.add(runner)
    this.#connections.get(runner)?.close()
  }

  fromRunner(connection: Connection, topic: string, payload: Uint8Array): Promise<void> {
    this.onRunnerSays(connection.runner, topic, payload)
    return connection.publish(() => this.#toServer(topic, payload))
  }

  break(runner: number, which: 'both' | 'up' | 'down', told: boolean): void {
    this.#connections.get(runner)?.break(which, told)
  }

  breakAll(told: boolean): void {
    for (const connection of [...this.#connections.values()]) connection.break('both', told)
  }

  /** For so long no packet of the runner arrives anywhere, nor one for it. */
  partition(runner: number, ms: number): void {
    this.#partitioned.set(runner, this.sky.timeline.now + ms)
    this.break(runner, 'both', false)
  }

  #closed(connection: Connection): void {
    const { runner, nonce } = connection
    if (this.#connections.get(runner) === connection) this.#connections.delete(runner)
    const will = encode('presence', { v: 1, kind: 'presence', nonce, online: false })
    this.#toServer(topics.of({ channel: 'presence', runner }), Buffer.from(will))
  }
}
