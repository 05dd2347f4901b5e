/**
 * The broker's three doors: TLS for runners, a private Unix socket for the server, and one through
 * which the HTTPS server passes the WebSocket connections of runners. Which door a client came
 * through decides what it can be; no password makes a server of someone who came in as a runner.
 */
import { once } from 'node:events'
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { type Census, countSockets } from './census.ts'
import { Gate } from './gate.ts'
import type { BrokerLimits } from './limits.ts'
import type { Tally } from './tally.ts'

export interface DoorOptions {
  host: string
  port: number
  tls: { cert: string; key: string }
  serverSocket: string
  runnerSocket: string
  limits: BrokerLimits
  tally: Tally
  /** Takes the connection over; Aedes' `handle`. */
  handle(gate: Gate): void
  /** Someone was turned away before Aedes saw them. */
  onTurnedAway(address: string, reason: string): void
}

export interface Doors {
  /** The TLS port. */
  port: number
  /** Handshakes from now on show this certificate; connections stay. */
  renew(tls: { cert: string; key: string }): void
}

/** Rejects with the system's error (EADDRINUSE, EACCES, ..). */
export async function openDoors(options: DoorOptions): Promise<Doors> {
  const { host, port, serverSocket, runnerSocket, limits } = options
  const census = countSockets(limits)
  await listenPrivately(serverDoor(options), serverSocket)
  await listenPrivately(webDoor(options, census), runnerSocket)
  const handshakes = tlsHandshakes(options)
  return {
    port: await listen(tlsDoor(options, census, handshakes), { host, port }),
    renew: (tls) => handshakes.setSecureContext({ ...tls, minVersion: 'TLSv1.2' }),
  }
}

function tlsHandshakes({ tls, limits, tally, handle, onTurnedAway }: DoorOptions): TlsServer {
  const handshakes = createTlsServer(
    { ...tls, minVersion: 'TLSv1.2', handshakeTimeout: limits.connectMs },
    (socket) => {
      handle(new Gate(socket, { role: 'runner', address: addressOf(socket), limits, tally }))
    },
  )
  handshakes.on('tlsClientError', (error, socket) => {
    onTurnedAway(addressOf(socket), error.message)
    socket.destroy()
  })
  return handshakes
}

/** Counted before the handshake: that is what costs. */
function tlsDoor({ onTurnedAway }: DoorOptions, census: Census, handshakes: TlsServer): Server {
  return createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    const full = census.enter(addressOf(socket), socket)
    if (full === undefined) return handshakes.emit('connection', socket)
    onTurnedAway(addressOf(socket), full)
    socket.destroy()
  })
}

function serverDoor({ limits, tally, handle }: DoorOptions): Server {
  return createServer((socket) => {
    handle(new Gate(socket, { role: 'server', address: 'local', limits, tally }))
  })
}

/** The first line is the address of the far side (see `admitRunner`), then come its bytes. */
function webDoor({ limits, tally, handle, onTurnedAway }: DoorOptions, census: Census): Server {
  return createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', (bytes: Buffer) => {
      socket.pause()
      const end = bytes.indexOf('\n')
      const address = bytes.toString('latin1', 0, Math.max(end, 0))
      const full = census.enter(address, socket)
      if (full !== undefined) {
        onTurnedAway(address, full)
        socket.destroy()
        return
      }
      if (end + 1 < bytes.length) socket.unshift(bytes.subarray(end + 1))
      handle(new Gate(socket, { role: 'runner', address, limits, tally }))
    })
  })
}

async function listenPrivately(server: Server, path: string): Promise<void> {
  // A worker that died leaves its socket file behind.
  rmSync(path, { force: true })
  await listen(server, { path })
  chmodSync(path, 0o600)
}

async function listen(
  server: Server,
  where: { path: string } | { host: string; port: number },
): Promise<number> {
  server.listen(where)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** IPv4 written as IPv6 counts as the IPv4 that it is. */
function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '')
}
