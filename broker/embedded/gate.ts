/**
 * What Aedes gets to see of a connection. Inward it weighs every packet before it is stored
 * (frames.ts); outward it takes whatever it is given, so that a runner that stopped reading never
 * makes Aedes wait: Aedes would hold back the server's connection with it, and so everybody else's
 * messages. A runner that does not drain is cut off instead; its session starts anew.
 */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { watchFrames } from './frames.ts'
import type { BrokerLimits } from './limits.ts'
import type { Tally } from './tally.ts'

export interface GateOptions {
  role: 'server' | 'runner'
  /** Where the far side is, for the log and the caps. */
  address: string
  limits: BrokerLimits
  /** Where a runner's connection is counted. */
  tally: Tally
}

/**
 * Written at once, bytes; the stall timer starts again for each. Small, so that a link of 2 kB/s on
 * which a large grant takes minutes is not taken for a dead one.
 */
const slice = 16_384

export class Gate extends Duplex {
  readonly role: GateOptions['role']
  readonly address: string
  readonly #limits: BrokerLimits
  /** undefined for the server: its connection is no part of the sums. */
  readonly #tally: Tally | undefined
  readonly #socket: Socket
  readonly #frames = watchFrames()
  #admitted = false

  constructor(socket: Socket, { role, address, limits, tally }: GateOptions) {
    // The server is no stranger: it is held back rather than cut off when it is slow to read.
    super({ writableHighWaterMark: role === 'server' ? 4 * slice : Number.MAX_SAFE_INTEGER })
    this.role = role
    this.address = address
    this.#limits = limits
    this.#tally = role === 'runner' ? tally : undefined
    this.#socket = socket
    socket.on('data', (bytes) => this.#inward(bytes))
    socket.on('end', () => this.push(null))
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  /** The client is authenticated: packets of the size that this role may send are let through. */
  admit(): void {
    this.#frames.admit(this.#limits.packet[this.role])
    this.#admitted = true
    this.#tally?.add('accepted')
    this.#tally?.add('connections')
  }

  /** True if so much lies here unread that it is time to give this client up. */
  get overdue(): boolean {
    return this.role === 'runner' && this.writableLength > this.#limits.unread
  }

  #inward(bytes: Buffer): void {
    this.#tally?.add('bytesIn', bytes.length)
    const reason = this.#frames.see(bytes)
    if (reason !== undefined) this.destroy(new Error(reason))
    else if (!this.push(bytes)) this.#socket.pause()
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#outward(bytes, done)
  }

  override _writev(parts: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#outward(Buffer.concat(parts.map(({ chunk }) => chunk)), done)
  }

  #outward(bytes: Buffer, done: (error?: Error | null) => void): void {
    const { stallMs } = this.#limits
    const stalled = setTimeout(() => {
      this.destroy(new Error(`it has read nothing for ${stallMs} ms`))
    }, stallMs)
    const finish = (error?: Error | null) => {
      clearTimeout(stalled)
      done(error)
    }
    const step = (from: number) => {
      if (from >= bytes.length) return finish()
      const part = bytes.subarray(from, from + slice)
      this.#socket.write(part, (error) => {
        if (error) return finish(error)
        this.#tally?.add('bytesOut', part.length)
        stalled.refresh()
        step(from + slice)
      })
    }
    step(0)
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    if (this.#admitted) this.#tally?.add('connections', -1)
    done(error)
  }
}
