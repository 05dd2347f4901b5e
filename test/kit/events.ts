/** A viewer of server-sent events, over HTTPS. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { createInterface } from 'node:readline'
import type { Body } from './http.ts'

export interface Viewer {
  status: number
  headers: IncomingMessage['headers']
  /** Each event as it comes; ends when the server ends it. */
  events: AsyncIterator<{ event: string; id: string | undefined; data: Body }>
  /** Everything until the server ends it. */
  rest(): Promise<{ event: string; id: string | undefined; data: Body }[]>
  leave(): void
}

export async function viewEvents(
  url: string,
  ca: string,
  headers: Record<string, string>,
): Promise<Viewer> {
  const call = request(url, { ca, agent: false, headers }).end()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  const events = parse(answer)
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    events,
    async rest() {
      const all = []
      for await (const event of events) all.push(event)
      return all
    },
    leave: () => call.destroy(),
  }
}

async function* parse(answer: IncomingMessage) {
  let fields: Record<string, string> = {}
  for await (const line of createInterface({ input: answer })) {
    if (line === '') {
      const { event, id, data } = fields
      if (event !== undefined) yield { event, id, data: JSON.parse(data ?? '') }
      fields = {}
      continue
    }
    const colon = line.indexOf(': ')
    fields[line.slice(0, colon)] = line.slice(colon + 2)
  }
}
