/** A receiver of webhooks, as anybody may write one: it believes only what is signed. */
import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import { AppError, lineOf } from '../../lib/errors.ts'

export interface Finished {
  type: string
  data: { task_id: number; status: string }
}

export interface Receiver {
  url: string
  /** For the webhook that is to reach it. */
  secret: string
  /** The next message, once its signature is found right. @throws AppError if it is wrong */
  next(): Promise<Finished>
  close(): void
}

/** A message comes at once after its task; if it has not by then, it does not come, ms. */
const patience = 20_000

export async function startReceiver(): Promise<Receiver> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const webhook = new Webhook(secret)
  const arrivals = new EventEmitter()
  const received: (() => Finished)[] = []

  const server = createServer(async (request, response) => {
    const body = await text(request)
    const headers = request.headers as Record<string, string>
    try {
      const message = webhook.verify(body, headers) as Finished
      received.push(() => message)
      response.writeHead(204).end()
    } catch (error) {
      received.push(() => {
        throw new AppError('invalid', `the webhook's signature is wrong: ${lineOf(error)}`)
      })
      response.writeHead(401).end()
    }
    arrivals.emit('one')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/finished`,
    secret,
    async next() {
      const late = AbortSignal.timeout(patience)
      if (received.length === 0) {
        await once(arrivals, 'one', { signal: late }).catch(() => {
          throw new AppError('unavailable', `no webhook came within ${patience / 1000} s`)
        })
      }
      return (received.shift() as () => Finished)()
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
