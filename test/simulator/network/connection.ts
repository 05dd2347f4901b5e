/**
 * One connection between a runner and the broker. What is in flight when it ends is lost; each end
 * learns in its own time that it is over.
 */
import { AppError } from '../../../lib/errors.ts'
import type { Life } from '../../kit/timeline.ts'
import { Lane, type Sky } from './lane.ts'

export interface Ends {
  /** The runner's process. */
  life: Life
  /** The runner gets a message. */
  onMessage(topic: string, payload: Uint8Array): void
  /** The runner takes the connection for lost. */
  onLost(): void
  /** The broker takes it for lost, and says the will. */
  onClosed(connection: Connection): void
}

/** A silent link is given up after so long (keepalive of mqtt.js and Aedes), ms. */
export const patience = { shortest: 5_000, longest: 45_000 }

export class Connection {
  readonly runner: number
  readonly nonce: string
  /** Simulated ms. */
  readonly began: number
  readonly #sky: Sky
  readonly #ends: Ends
  readonly #up: Lane
  readonly #down: Lane
  /** What the runner believes. */
  believed = true
  /** What the broker believes. */
  open = true
  /** Ends what was published and not taken by the broker. */
  readonly #unacked = new Set<() => void>()

  constructor(runner: number, nonce: string, sky: Sky, ends: Ends) {
    this.runner = runner
    this.nonce = nonce
    this.began = sky.timeline.now
    this.#sky = sky
    this.#ends = ends
    this.#up = new Lane(sky)
    this.#down = new Lane(sky, ends.life)
  }

  /** Runner -> broker; resolves at the PUBACK. */
  publish(arrive: () => void): Promise<void> {
    const { timeline, random, weather } = this.#sky
    return new Promise((resolve, reject) => {
      const fail = () => reject(new AppError('unavailable', 'the connection ended'))
      this.#unacked.add(fail)
      const puback = () => {
        if (this.#down.dead) return
        this.#unacked.delete(fail)
        resolve()
      }
      const taken = () => {
        arrive()
        timeline.after(random.next() * weather.slowest, puback, this.#ends.life)
      }
      this.#up.send(weather.slowest, taken, true)
    })
  }

  /** Broker -> runner. */
  deliver(topic: string, payload: Uint8Array): void {
    this.#down.send(this.#sky.weather.slowest, () => this.#ends.onMessage(topic, payload))
  }

  /**
   * Nothing passes any more, or not in one direction.
   * @param told both ends get a reset; else they only notice the silence
   */
  break(which: 'both' | 'up' | 'down', told: boolean): void {
    const { timeline, random } = this.#sky
    if (which !== 'down') this.#up.dead = true
    if (which !== 'up') this.#down.dead = true
    const learns = () =>
      told ? random.int(0, 500) : random.int(patience.shortest, patience.longest)
    // Pings go up: a broker that still hears them notices nothing.
    if (which !== 'down') timeline.after(learns(), () => this.close())
    timeline.after(learns(), () => this.giveUp(), this.#ends.life)
  }

  /** The runner's process is gone; the broker is told by a reset, or learns of it by silence. */
  abandon(): void {
    const { timeline, random } = this.#sky
    this.#up.dead = true
    timeline.after(random.chance(0.3) ? patience.longest : 100, () => this.close())
  }

  /** The runner takes it for lost, and its end of the socket goes. */
  giveUp(): void {
    if (!this.believed) return
    const { timeline, random, weather } = this.#sky
    this.believed = false
    this.#down.dead = true
    for (const fail of this.#unacked) fail()
    timeline.after(random.next() * weather.slowest, () => this.close())
    this.#ends.onLost()
  }

  /** The broker takes it for lost, and its end of the socket goes. */
  close(): void {
    if (!this.open) return
    const { timeline, random } = this.#sky
    this.open = false
    this.#up.dead = true
    timeline.after(random.int(0, 500), () => this.giveUp(), this.#ends.life)
    this.#ends.onClosed(this)
  }

  /** A clean goodbye: no will. */
  leave(): void {
    this.open = false
    this.believed = false
    this.#up.dead = true
    this.#down.dead = true
  }
}
