/** The broker in use, embedded or external, as one thing: how the server connects, and who may. */
import type { Duplex } from 'node:stream'
import { connectBus } from '../broker/bus-mqtt.ts'
import type { Credentials } from '../broker/credentials.ts'
import { startEmbeddedBroker } from '../broker/embedded/start.ts'
import type { BrokerCounts } from '../broker/embedded/tally.ts'
import { provisionMosquitto } from '../broker/mosquitto/provision.ts'
import type { Topics } from '../broker/topics.ts'
import { nonce } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { readNamed } from '../lib/read-named.ts'
import type { ServerConfig } from './config.ts'
import type { TlsIdentity } from './tls.ts'

export interface Carrier {
  /** For `connectBus`. */
  access: { urls: readonly string[]; username: string; password: string; ca?: string | undefined }
  credentials: Credentials
  /** Where runners connect by TLS; 0 with an external broker. */
  port: number
  /** Where a runner's connection comes from; an external broker does not tell. */
  addressOf(runner: number): string | undefined
  /** What comes and goes at its doors; an external broker tells its own. */
  counts?: () => BrokerCounts
  /** The certificate was renewed; nothing to do for an external broker. */
  renew(tls: { cert: string; key: string }): Promise<void>
  /** Lets a runner in that came over WebSocket; absent with an external broker. */
  admitRunner?: (stream: Duplex, address: string) => void
  close(): Promise<void>
}

export interface CarrierContext {
  config: ServerConfig
  tls: TlsIdentity
  topics: Topics
  /**
   * Id and SHA-256 of the token of every runner. The embedded broker knows them when its doors open: it
   * would turn away whoever comes back while the server starts, and who is refused waits for minutes.
   */
  runners: ReadonlyMap<number, string>
  log: Log
  signal: AbortSignal
}

export function openCarrier(context: CarrierContext): Promise<Carrier> {
  return context.config.broker.mode === 'external' ? external(context) : embedded(context)
}

async function embedded({ config, tls, topics, runners, log }: CarrierContext): Promise<Carrier> {
  const broker = await startEmbeddedBroker({
    topics,
    tls,
    host: config.mqtt.interface || '::',
    port: config.mqtt.port,
    runners,
    log,
  })
  return {
    access: broker.server,
    credentials: broker.credentials,
    port: broker.port,
    addressOf: (runner) => broker.addressOf(runner),
    counts: () => broker.counts(),
    renew: ({ cert, key }) => broker.renew({ cert, key }),
    admitRunner: (stream, address) => broker.admitRunner(stream, address),
    close: () => broker.close(),
  }
}

async function external({ config, topics, log, signal }: CarrierContext): Promise<Carrier> {
  const { url = '', ca_file, username = '', password_file = '' } = config.broker
  const access = {
    urls: [url],
    username,
    password: readNamed('broker.password_file', password_file),
    ...(ca_file === undefined ? {} : { ca: readNamed('broker.ca_file', ca_file) }),
  }
  const credentials = provisionMosquitto({
    topics,
    username,
    log,
    signal,
    connect: (filters, handlers) =>
      connectBus(
        { ...access, clientId: `${username}-control-${nonce()}`, filters, signal },
        handlers,
      ),
  })
  return {
    access,
    credentials,
    port: 0,
    addressOf: () => undefined,
    renew: async () => {},
    close: async () => {},
  }
}
