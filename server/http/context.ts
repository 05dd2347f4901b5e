import type { Duplex } from 'node:stream'
import type { Credentials } from '../../broker/credentials.ts'
import type { BrokerCounts } from '../../broker/embedded/tally.ts'
import type { Succession } from '../../broker/seal/messages.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Counters } from '../../lib/counters.ts'
import type { Log } from '../../lib/log.ts'
import type { ServerConfig } from '../config.ts'
import type { RunnerConnections } from '../feed/connections.ts'
import type { RunnerTraffic } from '../feed/traffic.ts'
import type { Cipher } from '../store/cipher.ts'
import type { Store } from '../store/open.ts'

/** The settings that the API reads. */
export type HttpConfig = Pick<
  ServerConfig,
  | 'interface'
  | 'port'
  | 'web_host'
  | 'use_remote_runner'
  | 'runner_registration_token'
  | 'data_dir'
  | 'git_client'
  | 'ssh'
  | 'mqtt'
  | 'max_parallel_tasks'
  | 'max_task_duration_sec'
  | 'runners'
  | 'broker'
  | 'webhooks'
  | 'metrics'
  | 'schedule'
  | 'apps'
>

export interface Signing {
  /** The public key, base64url. */
  readonly public: string
  readonly id: string
  /** How it came to be, for whoever knows an older one. */
  readonly via: readonly Succession[]
  /** Signs with a new key from now on. */
  replace(): void
}

/** All that the API stands on. */
export interface HttpContext {
  config: HttpConfig
  version: string
  store: Store
  cipher: Cipher
  credentials: Credentials
  /** By which runners know this server. */
  signing: Signing
  /** PEM. Absent = plain HTTP, for a proxy in front that speaks TLS. */
  tls?: { cert: string; key: string } | undefined
  /** The CA that runners are to trust, if it is ours. */
  caPem?: string | undefined
  /** Where the embedded broker really listens; `config.mqtt.port` may be 0. */
  mqttPort: number
  /** Lets a runner in that came over WebSocket; absent with an external broker. */
  admitRunner?: ((stream: Duplex, address: string) => void) | undefined
  /** Of the embedded broker; absent with an external one. */
  brokerCounts?: (() => BrokerCounts) | undefined
  connections: Pick<RunnerConnections, 'idle'>
  traffic: Pick<RunnerTraffic, 'of'>
  /** Folder of the web page, if it is not where the build puts it. */
  pages?: string | undefined
  /** How long a runner has been silent beyond its lease, ms; below 0 = it may still be for so long. */
  silentMs(runner: number): number
  /** What is away now, each as one line for a person; empty = ready. */
  ready(): readonly string[]
  /** What happened since the start, for the metrics. */
  counters: Counters
  log: Log
  clock: Clock
}
