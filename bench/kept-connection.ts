/** An API client as a busy one is: its connection is there already when it has something to say. */
import { Agent, request } from 'node:https'
import { json } from 'node:stream/consumers'
import type { Body } from '../test/kit/http.ts'
import type { World } from '../test/kit/world.ts'

export interface KeptConnection {
  get(path: string): Promise<Body>
  post(path: string, body: object): Promise<Body>
  close(): void
}

/** @param sockets so many answers may be under way at once */
export async function openKeptConnection(
  { api, url, ca }: World,
  { sockets = 1 } = {},
): Promise<KeptConnection> {
  const token = (await api.post('/api/user/tokens')).json().id
  const agent = new Agent({ keepAlive: true, maxSockets: sockets, ca })
  const authorization = `Bearer ${token}`
  const headers = { authorization, 'content-type': 'application/json' }
  const send = (method: string, path: string, body?: string) =>
    new Promise<Body>((resolve, reject) => {
      request(`${url}${path}`, { method, agent, headers: body ? headers : { authorization } })
        .on('response', (answer) => json(answer).then(resolve, reject))
        .on('error', reject)
        .end(body)
    })
  return {
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, JSON.stringify(body)),
    close: () => agent.destroy(),
  }
}
