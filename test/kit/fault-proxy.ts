/** A TCP proxy on loopback that does to a link what the field does to it. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { systemClock } from '../../lib/clock.ts'

/** up = from the client to the target. */
type Direction = 'up' | 'down'

export class FaultProxy {
  readonly #links = new Set<Socket[]>()
  readonly #server = createServer((client) => this.#open(client))
  readonly #target: number
  #isDown = false
  /** Directions in which all is swallowed and nobody is told, until the connection is cut. */
  swallows: Direction[] = []
  /** Bytes that went up in all, and who waits for more of them. */
  #carried = 0
  readonly #waiting = new Set<() => void>()
  /** Called with the number of bytes swallowed since the last cut. */
  onSwallowed: (total: number) => void = () => {}
  #swallowed = 0
  /** What comes arrives so much later, ms. */
  delay = 0
  /** Pieces of at most so many bytes. */
  chop = Number.POSITIVE_INFINITY
  /** Bytes a second in each direction. */
  rate = Number.POSITIVE_INFINITY

  private constructor(target: number) {
    this.#target = target
  }

  /** In front of a port of 127.0.0.1; on a free port of it, or wherever else it is told to listen. */
  static async start(target: number, { host = '127.0.0.1', port = 0 } = {}): Promise<FaultProxy> {
    const proxy = new FaultProxy(target)
    await once(proxy.#server.listen(port, host), 'listening')
    return proxy
  }

  /** Connections that are open now. */
  get links(): number {
    return this.#links.size
  }

  /** Resolves when so many more bytes have gone up. */
  async carries(more: number): Promise<void> {
    const target = this.#carried + more
    while (this.#carried < target) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Resets every connection; new ones are let through, and nothing is swallowed any more. */
  cut(): void {
    this.swallows = []
    this.#swallowed = 0
    for (const link of this.#links) for (const socket of link) socket.resetAndDestroy()
  }

  /** Resets every connection, and each new one until `up`. */
  down(): void {
    this.#isDown = true
    this.cut()
  }

  up(): void {
    this.#isDown = false
  }

  close(): void {
    this.cut()
    this.#server.close()
  }

  #open(client: Socket): void {
    if (this.#isDown) return void client.resetAndDestroy()
    const target = connect(this.#target, '127.0.0.1')
    const link = [client, target]
    this.#links.add(link)
    for (const socket of link) {
      socket.setNoDelay(true).on('error', () => {})
      socket.on('close', () => {
        // Nor is the end of a connection heard where nothing is.
        const way = socket === client ? 'up' : 'down'
        if (this.swallows.includes(way) && link.some(({ destroyed }) => !destroyed)) return
        this.#links.delete(link)
        for (const other of link) other.destroy()
      })
    }
    void this.#carry(client, target, 'up')
    void this.#carry(target, client, 'down')
  }

  #count(bytes: number): void {
    this.#carried += bytes
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  async #carry(from: Socket, to: Socket, direction: Direction): Promise<void> {
    try {
      for await (const bytes of from as AsyncIterable<Buffer>) {
        if (this.swallows.includes(direction)) {
          this.#swallowed += bytes.length
          this.onSwallowed(this.#swallowed)
          continue
        }
        if (this.delay > 0) await systemClock.sleep(this.delay)
        for (let at = 0; at < bytes.length; ) {
          const piece = bytes.subarray(at, at + Math.min(this.chop, Math.ceil(this.rate / 10)))
          at += piece.length
          if (direction === 'up') this.#count(piece.length)
          if (!to.write(piece)) await once(to, 'drain')
          if (Number.isFinite(this.rate)) await systemClock.sleep((piece.length / this.rate) * 1000)
        }
      }
    } catch {
      // Reset, at one of the two ends.
    }
  }
}
