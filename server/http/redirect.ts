/** `tls.http_redirect_port`: whoever comes by http:// is told the way by https://. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { AppError, systemCode } from '../../lib/errors.ts'
import type { HttpConfig } from './context.ts'

export interface Redirect {
  close(): Promise<void>
}

/** @throws AppError `locked` if the port is taken */
export async function startRedirect(
  { interface: host, web_host }: Pick<HttpConfig, 'interface' | 'web_host'>,
  port: number,
): Promise<Redirect> {
  const server = createServer((request, response) => {
    request.resume()
    // Of the request only its path is used: its Host header is whatever a stranger wrote.
    const path = request.url?.startsWith('/') ? request.url : '/'
    response.writeHead(308, { location: `${web_host}${path}`, connection: 'close' }).end()
  })
  try {
    await once(server.listen({ port, host: host || undefined }), 'listening')
  } catch (cause) {
    if (systemCode(cause) !== 'EADDRINUSE') throw cause
    throw new AppError('locked', `port ${port}: another program listens on it`, {
      fix: 'end that program or set another "tls.http_redirect_port"',
      cause,
    })
  }
  return {
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
