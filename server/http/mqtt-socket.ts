/**
 * MQTT over WebSocket on the HTTPS port, for networks that let only 443 out. Bytes go to the
 * embedded broker's door for runners: who comes this way has a runner's rights, nothing more.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { limits } from '../../broker/codec.ts'
import type { HttpContext } from './context.ts'

/** One MQTT packet a frame is usual: payload, topic and a little. */
const maxPayload = limits.fromRunner + 65_536 + 16

export interface MqttSocket {
  /** Takes over a connection that asked for a WebSocket at /mqtt, or refuses it in words. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Drops every connection. Idempotent. */
  close(): void
}

export function createMqttSocket({ admitRunner }: Pick<HttpContext, 'admitRunner'>): MqttSocket {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false),
  })
  return {
    upgrade(request, socket, head) {
      if (admitRunner === undefined) {
        return refuse(socket, '404 Not Found', 'no MQTT here: this server uses an external broker')
      }
      if (!protocolsOf(request).includes('mqtt')) {
        return refuse(socket, '400 Bad Request', 'expected the WebSocket subprotocol mqtt')
      }
      sockets.handleUpgrade(request, socket, head, (ws) => {
        const stream = createWebSocketStream(ws)
        // A connection that breaks is the broker's to notice; it must not end this process.
        stream.on('error', () => stream.destroy())
        admitRunner(stream, addressOf(request))
      })
    },
    close() {
      for (const ws of sockets.clients) ws.terminate()
      sockets.close()
    },
  }
}

function protocolsOf(request: IncomingMessage): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
}

/** IPv4 written as IPv6 counts as the IPv4 that it is. */
function addressOf({ socket }: IncomingMessage): string {
  return (socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '')
}

function refuse(socket: Duplex, status: string, text: string): void {
  const body = `${JSON.stringify({ error: text })}\n`
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
