/** The broker in use, embedded or external, as one thing: how the server connects, and who may. */
import { readFileSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { connectBus } from '../broker/bus-mqtt.ts'
import type { Credentials } from '../broker/credentials.ts'
import { startEmbeddedBroker } from '../broker/embedded/start.ts'
import { provisionMosquitto } from '../broker/mosquitto/provision.ts'
import type { Topics } from '../broker/topics.ts'
import { AppError, lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { ServerConfig } from './config.ts'
import type { TlsIdentity } from './tls.ts'

export interface Carrier {
  /** For `connectBus`. */
  access: { urls: readonly string[]; username: string; password: string; ca?: string | undefined }
  credentials: Credentials
  /** Where runners connect by TLS; 0 with an external broker. */
  port: number
  /** Lets a runner in that came over WebSocket; absent with an external broker. */
  admitRunner?: (stream: Duplex, address: string) => void
  close(): Promise<void>
}

export interface CarrierContext {
  config: ServerConfig
  tls: TlsIdentity
  topics: Topics
  log: Log
  signal: AbortSignal
}

export function openCarrier(context: CarrierContext): Promise<Carrier> {
  return context.config.broker.mode === 'external' ? external(context) : embedded(context)
}

async function embedded({ config, tls, topics, log, signal }: CarrierContext): Promise<Carrier> {
  const broker = await startEmbeddedBroker({
    topics,
    tls,
    host: config.mqtt.interface || '::',
    port: config.mqtt.port,
    log,
    signal,
  })
  return {
    access: broker.server,
    credentials: broker.credentials,
    port: broker.port,
    admitRunner: (stream, address) => broker.admitRunner(stream, address),
    close: () => broker.close(),
  }
}

async function external({ config, topics, log, signal }: CarrierContext): Promise<Carrier> {
  const { url = '', ca_file, username = '', password_file = '' } = config.broker
  const access = {
    urls: [url],
    username,
    password: readFile('broker.password_file', password_file).trim(),
    ...(ca_file === undefined ? {} : { ca: readFile('broker.ca_file', ca_file) }),
  }
  const credentials = provisionMosquitto({
    topics,
    username,
    log,
    signal,
    connect: (filters, handlers) =>
      connectBus({ ...access, clientId: `${username}-control`, filters, signal }, handlers),
  })
  return { access, credentials, port: 0, close: async () => {} }
}

function readFile(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new AppError('config', `${setting}: cannot read ${path}: ${lineOf(cause)}`, { cause })
  }
}
