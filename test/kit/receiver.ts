/** A webhook receiver on loopback: a real HTTP server that answers as it is told and keeps what came. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

export interface Received {
  path: string
  headers: IncomingHttpHeaders
  /** The exact text that came. */
  body: string
}

/** Answers one request, or does whatever a bad receiver does instead. */
export type Answer = (response: ServerResponse) => void

export const answers = {
  status:
    (status: number, headers: Record<string, string> = {}, body = ''): Answer =>
    (response) => {
      response.writeHead(status, headers).end(body)
    },
  /** Takes the request and says nothing, ever. */
  hang: (() => {}) as Answer,
  /** Closes the connection without a word. */
  drop: ((response) => response.socket?.destroy()) as Answer,
  /** Dies in the middle of its answer. */
  breakOff:
    (status: number): Answer =>
    (response) => {
      response.writeHead(status, { 'content-length': '1000' })
      response.write('half of', () => response.socket?.destroy())
    },
  /** Sends `bytes` of body, as fast as they are taken; `sent` is told how many left this process. */
  flood:
    (bytes: number, sent: (count: number) => void): Answer =>
    (response) => {
      const part = Buffer.alloc(64 * 1024, 'x')
      let left = bytes
      const more = () => {
        while (left > 0 && !response.destroyed) {
          left -= part.length
          if (!response.write(part)) return
        }
        response.end()
      }
      response.on('drain', more)
      response.once('close', () => sent(bytes - left))
      response.writeHead(200)
      more()
    },
}

export class Receiver {
  readonly received: Received[] = []
  /** Given in this order, the last one for ever. */
  #answers: Answer[] = [answers.status(204)]
  #waiting: { count: number; resolve: () => void }[] = []
  readonly #server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8')
      this.received.push({ path: request.url ?? '', headers: request.headers, body })
      const [answer] = this.#answers.length > 1 ? this.#answers.splice(0, 1) : this.#answers
      answer?.(response)
      for (const { count, resolve } of this.#waiting) if (this.received.length >= count) resolve()
    })
  })

  /** On 127.0.0.1 and a free port. */
  static async start(...planned: Answer[]): Promise<Receiver> {
    const receiver = new Receiver()
    if (planned.length > 0) receiver.answer(...planned)
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve))
    return receiver
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`
  }

  answer(...planned: Answer[]): void {
    this.#answers = planned
  }

  /** Resolves with everything received once that is at least `count` requests. */
  async has(count: number): Promise<Received[]> {
    if (this.received.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }))
    }
    return this.received
  }

  /** Resolves once every connection is closed; new ones are refused from now on. */
  idle(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return this.idle()
  }
}

/** The payload, if the `standardwebhooks` package accepts its signature; throws otherwise. */
export function verified(secret: string, { headers, body }: Received): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>)
}
