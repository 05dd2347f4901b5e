/** A tiny real HTTPS server that registers runners as Outstation does, with a CA of its own. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { toServerConfig } from '../../server/config.ts'
import { tlsIdentity } from '../../server/tls.ts'

export interface Registrar {
  url: string
  caPem: string
  fingerprint: string
  /** Bodies of the registrations, in order. */
  registered: Record<string, unknown>[]
  /** Tokens that are known now. */
  tokens: Set<string>
  close(): Promise<void>
}

export const registrationToken = 'the registration token'

export async function startRegistrar(now = Date.now()): Promise<Registrar> {
  const folder = mkdtempSync(join(tmpdir(), 'outstation-registrar-'))
  const config = toServerConfig({ value: { data_dir: folder }, env: {} })
  const { cert, key, caPem, fingerprint } = await tlsIdentity(config, now)
  rmSync(folder, { recursive: true })
  const registered: Registrar['registered'] = []
  const tokens = new Set<string>()
  const server = createServer({ cert, key }, async (request, response) => {
    const answer = (status: number, body?: unknown) =>
      response.writeHead(status).end(body === undefined ? undefined : JSON.stringify(body))
    if (request.url === '/ca.pem') return response.end(caPem)
    if (request.method === 'POST') {
      const body = JSON.parse(await text(request))
      if (body.registration_token !== registrationToken) {
        return answer(400, { error: 'Invalid registration token' })
      }
      registered.push(body)
      const token = `token ${registered.length}`
      tokens.add(token)
      return answer(200, { token, id: registered.length, mqtt: { urls: [], prefix: 'p' } })
    }
    const token = String(request.headers['x-runner-token'])
    if (!tokens.has(token)) return answer(401, { error: 'Invalid token' })
    if (request.method === 'GET') {
      return answer(200, {
        id: 1,
        name: 'r',
        registered: 'then',
        mqtt: { urls: ['mqtts://x'], prefix: 'p' },
      })
    }
    tokens.delete(token)
    return answer(204)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    caPem,
    fingerprint,
    registered,
    tokens,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
