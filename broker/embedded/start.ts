/** The embedded broker as the server sees it: doors, credentials, and a close. */
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Duplex, pipeline } from 'node:stream'
import type { Worker } from 'node:worker_threads'
import { type Clock, systemClock } from '../../lib/clock.ts'
import { AppError, lineOf } from '../../lib/errors.ts'
import { secretToken, sha256hex } from '../../lib/ids.ts'
import type { Log } from '../../lib/log.ts'
import type { Credentials } from '../credentials.ts'
import type { Topics } from '../topics.ts'
import { embeddedCredentials } from './credentials.ts'
import { serverName } from './hooks.ts'
import { type BrokerLimits, defaultLimits } from './limits.ts'
import type { TokenHashes } from './runners.ts'
import { spawnWorker } from './spawn.ts'
import { type BrokerCounts, Tally } from './tally.ts'
import { StartFailure, startThread, type Thread } from './thread.ts'
import type { Boot } from './thread-messages.ts'

export interface EmbeddedBrokerOptions {
  topics: Topics
  /** PEM, for runners on the TLS port. */
  tls: { cert: string; key: string }
  host: string
  /** 0 lets the system choose. */
  port: number
  /** Where the folder of the private sockets is made; the system's temporary folder if absent. */
  socketDir?: string
  limits?: Partial<BrokerLimits>
  /** Who is known from the first moment on; `credentials` changes it. Nobody if absent. */
  runners?: TokenHashes
  log: Log
  /** Closes the broker. */
  signal?: AbortSignal
  clock?: Clock
  random?: () => number
  /** For tests: starts the worker thread. */
  spawn?: (boot: Boot) => Worker
}

export interface EmbeddedBroker {
  /** The TLS port for runners. */
  readonly port: number
  /** How the server, and nobody else, connects; goes into `connectBus` as it is. */
  readonly server: { urls: string[]; username: string; password: string }
  readonly credentials: Credentials
  /** Where the runner's last connection came from. */
  addressOf(runner: number): string | undefined
  counts(): BrokerCounts
  /** Handshakes from now on show this certificate; connections stay. */
  renew(tls: { cert: string; key: string }): Promise<void>
  /**
   * Takes a runner in that came by another way than the TLS port: the byte stream of a WebSocket.
   * It enters with a runner's rights. @param address of the far side, for the log and the caps.
   */
  admitRunner(stream: Duplex, address: string): void
  /** Cuts every connection. Idempotent. */
  close(): Promise<void>
}

/** Rejects with `unavailable` if the port cannot be had, or `config` if a path or certificate is bad. */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { topics, tls, host, port, log, signal, runners = new Map() } = options
  const folder = await socketFolder(options.socketDir ?? tmpdir())
  const serverSocket = join(folder, 'server')
  const runnerSocket = join(folder, 'runner')
  const password = secretToken('')
  const tally = new Tally()
  const boot: Boot = {
    prefix: topics.prefix,
    tls,
    host,
    port,
    serverSocket,
    runnerSocket,
    serverPasswordHash: sha256hex(password),
    limits: { ...defaultLimits, ...options.limits },
    runners,
    tally: tally.memory,
  }
  const addresses = new Map<number, string>()
  const removeFolder = () => rm(folder, { recursive: true, force: true })

  let thread: Thread
  try {
    thread = await startThread({
      boot,
      spawn: options.spawn ?? spawnWorker,
      onEntered: (runner, address) => addresses.set(runner, address),
      log,
      clock: options.clock ?? systemClock,
      random: options.random ?? Math.random,
    })
  } catch (error) {
    await removeFolder()
    throw startError(error, host, port)
  }

  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= thread.close().then(removeFolder)
    return closed
  }
  signal?.addEventListener('abort', () => void close(), { once: true })
  if (signal?.aborted) await close()

  return {
    port: thread.port,
    server: { urls: [`unix:${serverSocket}`], username: serverName, password },
    credentials: embeddedCredentials(runners, (runners) => thread.tell({ runners })),
    addressOf: (runner) => addresses.get(runner),
    counts: () => tally.read(),
    renew: (tls) => thread.tell({ tls }),
    admitRunner(stream, address) {
      const inward = connect(runnerSocket)
      inward.write(`${address}\n`)
      pipeline(stream, inward, stream, () => {})
    },
    close,
  }
}

/** A folder of mode 0700, so that its sockets are nobody else's from their first moment. */
async function socketFolder(parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, 'outstation-'))
  // sun_path holds 108 bytes with its terminating zero; Node cuts a longer path silently.
  if (Buffer.byteLength(join(folder, 'server')) <= 107) return folder
  await rm(folder, { recursive: true })
  throw new AppError('config', `socket folder: the path ${folder} is too long for a Unix socket`, {
    fix: 'set TMPDIR to a folder with a path of less than 80 bytes',
  })
}

function startError(error: unknown, host: string, port: number): AppError {
  const code = error instanceof StartFailure ? error.code : undefined
  if (code === 'EADDRINUSE') {
    return new AppError('unavailable', `MQTT port ${port} on ${host} is in use`, {
      fix: 'stop the program that listens there or set another mqtt.port',
      cause: error,
    })
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    return new AppError('config', `MQTT port ${port} on ${host} cannot be opened: ${code}`, {
      fix: 'set mqtt.port and mqtt.interface to what this machine has and this user may open',
      cause: error,
    })
  }
  return new AppError('config', `the embedded broker did not start: ${lineOf(error)}`, {
    cause: error,
  })
}
