/**
 * MQTT over WebSocket on the HTTPS port, for networks that let only 443 out. Bytes are piped to the
 * embedded broker's door for runners: who comes this way has a runner's rights, nothing more.
 */
import type { IncomingMessage, Server } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws'
import { limits } from '../../broker/codec.ts'
import type { Log } from '../../lib/log.ts'

const path = '/mqtt'
/** One MQTT packet a frame is usual: payload, topic and a little. */
const maxPayload = limits.fromRunner + 65_536 + 16

export interface MqttSocket {
  /** Drops every connection. Idempotent. */
  close(): void
}

/** @param door Unix socket of the embedded broker; absent with an external broker. */
export function serveMqttSocket(server: Server, door: string | undefined, log: Log): MqttSocket {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false),
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    if (request.url?.split('?', 1)[0] !== path) {
      return refuse(socket, '404 Not Found', `${path} is the only WebSocket here`)
    }
    if (door === undefined) {
      return refuse(socket, '404 Not Found', 'no MQTT here: this server uses an external broker')
    }
    if (!protocolsOf(request).includes('mqtt')) {
      return refuse(socket, '400 Bad Request', 'expected the WebSocket subprotocol mqtt')
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      join(ws, door).catch((error) => log.debug('mqtt-socket.ended', { error }))
    })
  })
  return {
    close() {
      for (const ws of sockets.clients) ws.terminate()
      sockets.close()
    },
  }
}

/** Resolves or rejects when either side is gone; then the other is gone too. */
async function join(ws: WebSocket, door: string): Promise<void> {
  const outside = createWebSocketStream(ws)
  const inside = connect(door)
  await Promise.all([pipeline(outside, inside), pipeline(inside, outside)])
}

function protocolsOf(request: IncomingMessage): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
}

function refuse(socket: Duplex, status: string, text: string): void {
  const body = `${JSON.stringify({ error: text })}\n`
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
