/** Connections that ask to become a WebSocket: runners at /mqtt; all others are requests like any other. */
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { WebSocket, WebSocketServer } from 'ws'
import { AppError } from '../../lib/errors.ts'
import type { App } from './app.ts'
import type { MqttSocket } from './mqtt-socket.ts'

/** The socket of a request that asked for a WebSocket, and what came on it after the headers. */
const upgrades = new WeakMap<IncomingMessage, { socket: Socket; head: Buffer }>()

/** The routes see them with the same hooks as all requests, so the same may call; refusals are answers. */
export function takeUpgrades(app: App, mqtt: MqttSocket): void {
  app.server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const socket = stream as Socket
    socket.on('error', () => socket.destroy())
    if (request.url?.split('?', 1)[0] === '/mqtt') return mqtt.upgrade(request, socket, head)
    upgrades.set(request, { socket, head })
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.on('finish', () => socket.end())
    // A body would never come: Node has given the connection away.
    if (request.method !== 'GET') return response.writeHead(400).end('expected GET with Upgrade\n')
    app.routing(request, response)
  })
}

/** @throws AppError `invalid` if the request asked for no WebSocket */
export async function acceptUpgrade(
  sockets: WebSocketServer,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<WebSocket> {
  const upgrade = upgrades.get(request.raw)
  if (upgrade === undefined) {
    throw new AppError('invalid', 'expected a WebSocket here, got a plain request')
  }
  const { socket, head } = upgrade
  reply.hijack().raw.detachSocket(socket)
  return await new Promise((resolve, reject) => {
    socket.once('close', () => reject(new AppError('invalid', 'the handshake was none')))
    sockets.handleUpgrade(request.raw, socket, head, resolve)
  })
}
