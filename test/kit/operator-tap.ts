/**
 * The operator of the embedded broker: with its certificate in hand he stands between it and a runner,
 * reads every message on every topic, and says to the runner whatever he likes.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect, createServer, type Server, type TLSSocket } from 'node:tls'
import { generate, parser as newParser, type Packet } from 'mqtt-packet'
import { decodeBody, decodeChunk } from '../../broker/codec.ts'

export interface Heard {
  topic: string
  payload: Buffer
  /** down = from the broker to the runner. */
  direction: 'up' | 'down'
}

/** Above all that a broker counts to in a test. */
const firstOwnId = 40_000

export class OperatorTap {
  readonly heard: Heard[] = []
  readonly #server: Server
  #runner: TLSSocket | undefined
  #lastId = firstOwnId
  readonly #acked = new Map<number, () => void>()

  private constructor(server: Server, broker: number) {
    this.#server = server
    server.on('secureConnection', (runner) => this.#open(runner, broker))
  }

  /** In front of the broker of the server whose data lies in `dataDir`. */
  static async start(dataDir: string, broker: number): Promise<OperatorTap> {
    const file = (name: string) => readFileSync(join(dataDir, name))
    const server = createServer({ cert: file('server.pem'), key: file('server.key') })
    const tap = new OperatorTap(server, broker)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return tap
  }

  /** For `mqtt_url` of a runner. */
  get url(): string {
    return `mqtts://localhost:${(this.#server.address() as AddressInfo).port}`
  }

  /** What the runner was told. */
  get toRunner(): Heard[] {
    return this.heard.filter(({ direction }) => direction === 'down')
  }

  /** As if the broker said it. Resolves when the runner has acknowledged that it came. */
  async say({ topic, payload }: Pick<Heard, 'topic' | 'payload'>): Promise<void> {
    this.#lastId += 1
    const messageId = this.#lastId
    const acked = new Promise<void>((resolve) => this.#acked.set(messageId, resolve))
    const qos = 1 as const
    const packet = { cmd: 'publish' as const, topic, payload, messageId, qos }
    this.#runner?.write(generate({ ...packet, dup: false, retain: false }))
    await acked
  }

  close(): void {
    this.#runner?.destroy()
    this.#server.close()
  }

  #open(runner: TLSSocket, port: number): void {
    this.#runner = runner
    // It is the broker that is attacked here, and not its connection to the tap.
    const broker = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
    this.#carry(runner, broker, 'up')
    this.#carry(broker, runner, 'down')
  }

  #hear(message: { topic: string; payload: string | Buffer }, direction: Heard['direction']): void {
    const { topic, payload } = message
    this.heard.push({ topic, payload: plain(topic, Buffer.from(payload)), direction })
  }

  #carry(from: TLSSocket, to: TLSSocket, direction: Heard['direction']): void {
    const packets = newParser({ protocolVersion: 4 })
    packets.on('packet', (packet: Packet) => {
      if (packet.cmd === 'publish') this.#hear(packet, direction)
      if (packet.cmd === 'connect' && packet.will) this.#hear(packet.will, direction)
      const own = packet.cmd === 'puback' ? this.#acked.get(packet.messageId ?? 0) : undefined
      if (own) own()
      else to.write(generate(packet))
    })
    from.on('data', (bytes) => packets.parse(bytes))
    from.on('error', () => {})
    from.on('close', () => to.destroy())
  }
}

/** A piece of log is looked at as it is when it is unpacked. */
function plain(topic: string, payload: Buffer): Buffer {
  return topic.endsWith('/log') ? Buffer.from(decodeBody(decodeChunk(payload))) : payload
}

/** What a text looks like in the middle of another one that was written as base64 or in hexadecimal. */
export function disguisesOf(text: string): string[] {
  const inBase64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), Buffer.from(text)])
      .toString('base64')
      .slice(4, -4),
  )
  return [text, ...inBase64, Buffer.from(text).toString('hex')]
}
