/** An API client as a busy one is: its connection is there already when it has something to say. */
import { Agent, request } from 'node:https'
import { json } from 'node:stream/consumers'
import type { Body } from '../test/kit/http.ts'
import type { World } from '../test/kit/world.ts'

export interface KeptConnection {
  post(path: string, body: object): Promise<Body>
  close(): void
}

export async function openKeptConnection({ api, url, ca }: World): Promise<KeptConnection> {
  const token = (await api.post('/api/user/tokens')).json().id
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return {
    post: (path, body) =>
      new Promise((resolve, reject) => {
        request(`${url}${path}`, { method: 'POST', agent, headers })
          .on('response', (answer) => json(answer).then(resolve, reject))
          .on('error', reject)
          .end(JSON.stringify(body))
      }),
    close: () => agent.destroy(),
  }
}
