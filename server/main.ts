/** The server, put together: config -> lock -> store -> TLS -> broker -> engine, feed -> HTTP. */
import { setMaxListeners } from 'node:events'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Bus, BusHandlers } from '../broker/bus.ts'
import { connectBus } from '../broker/bus-mqtt.ts'
import { createTopics } from '../broker/topics.ts'
import { type Clock, systemClock } from '../lib/clock.ts'
import { createCounters } from '../lib/counters.ts'
import { nonce } from '../lib/ids.ts'
import { lockFile } from '../lib/lock.ts'
import type { Log } from '../lib/log.ts'
import { CleanupStack } from '../lib/stack.ts'
import { version } from '../lib/version.ts'
import { accessKey } from './access-key.ts'
import { type Carrier, openCarrier } from './carrier.ts'
import type { ServerConfig } from './config.ts'
import { countEnds } from './count-ends.ts'
import { countedBus } from './counted-bus.ts'
import { keepNewestTasks } from './dispatch/old-tasks.ts'
import { startScheduler } from './dispatch/scheduler.ts'
import { startEngine } from './engine.ts'
import { RunnerConnections } from './feed/connections.ts'
import { RunnerTraffic } from './feed/traffic.ts'
import { startSender } from './feed/webhooks/sender.ts'
import type { HttpContext } from './http/context.ts'
import { repositoryHeads } from './http/git-server/heads.ts'
import { startRedirect } from './http/redirect.ts'
import { tokenOfRunnerNamed } from './http/runner-credentials.ts'
import { dueTask } from './http/scheduled-task.ts'
import { startHttp } from './http/server.ts'
import { keepRunnersKnown } from './known-runners.ts'
import { keepCertificateFresh } from './renewal.ts'
import { SigningKey } from './signing-key.ts'
import { createCipher } from './store/cipher.ts'
import { checkCipher } from './store/cipher-check.ts'
import { readJob } from './store/job.ts'
import { openSqlite } from './store/open.ts'
import { readPosition } from './store/position.ts'
import { tokenHashes } from './store/runners.ts'
import { Witness } from './store/witness.ts'
import { tellAlarms } from './tell-alarms.ts'
import { tellRecovery } from './tell-recovery.ts'
import { tlsIdentity } from './tls.ts'
import { openVoice } from './voice.ts'

export interface ServerOptions {
  config: ServerConfig
  log: Log
  /** Aborts when the server is to stop; `close` does the same. */
  signal?: AbortSignal
  clock?: Clock
  random?: () => number
}

export interface RunningServer {
  /** Where people and programs reach it, with the port that was really opened. */
  url: string
  port: number
  mqttPort: number
  caPem: string
  fingerprint: string
  /** A new token for the general runner of this name, which is made if there is none. */
  ownRunnerToken(name: string): Promise<string>
  /** Stops taking anything new, lets what is under way reach the disk. Idempotent. */
  close(): Promise<void>
}

/** @throws AppError with what to do, for each thing that can be wrong with configuration or machine. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log, clock = systemClock, random = Math.random } = options
  const stack = new CleanupStack()
  const ending = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, ending.signal]) : ending.signal
  // So many parts wait for the end; node takes more than ten for a leak.
  setMaxListeners(50, signal)
  try {
    for (const path of [join(config.data_dir, 'server'), config.sqlite.host]) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      stack.use(await lockFile(`${path}.lock`, 'an outstation server'))
    }
    const minFree = config.disk.min_free_mb * 1_048_576
    const onCommit: Witness['note'] = (number, changes) => witness.note(number, changes)
    const options = { minFree, clock, random, log, onCommit }
    const witness = stack.use(new Witness(join(config.data_dir, 'last-commit'), log))
    const store = stack.use(await openSqlite(config.sqlite.host, options))
    const counters = createCounters()
    countEnds(store, counters, signal)
    tellAlarms(store, log, signal)
    tellRecovery(store, log, signal)
    const cipher = createCipher(accessKey(config))
    await checkCipher(store.read, cipher)
    const tls = await tlsIdentity(config)
    const topics = createTopics(config.mqtt.prefix)

    const runners = await tokenHashes(store.read)
    const carrier = stack.use(await openCarrier({ config, tls, topics, runners, log, signal }))
    const { credentials } = carrier
    const known = keepRunnersKnown({ store, cipher, credentials, clock, random, log, signal })
    const signing = SigningKey.open(config.data_dir)
    const requireSealed = config.runners.require_sealed
    const voice = await openVoice({ store, signing, requireSealed, signal })
    const { web_host: webHost, max_task_duration_sec: maxDurationSec, artifacts } = config
    const jobSource = { db: store.read, cipher, webHost, maxDurationSec, artifacts }
    const lost = witness.ahead(await readPosition(store.read))
    const connections = stack.use(await RunnerConnections.open({ store, clock, signal }))
    const traffic = stack.use(await RunnerTraffic.open({ store, clock, signal }))
    const engine = stack.use(
      await startEngine({
        store,
        topics,
        connect: countedBus(
          ({ onMessage, ...handlers }) =>
            connectServerBus(carrier, topics.serverFilters, log, {
              ...handlers,
              onMessage(topic, payload, retained) {
                const address = topics.parse(topic)
                if (address) traffic.heard(address.runner, payload.length)
                onMessage(topic, payload, retained)
              },
            }),
          topics,
          counters,
        ),
        addressOf: (runner) => carrier.addressOf(runner),
        onConnect: known.tellAll,
        readJob: (task, attempt) => readJob(jobSource, task, attempt),
        voice,
        requireSealed,
        fleet: {
          leaseMs: config.runners.offline_timeout_sec * 1000,
          beatsPerSec: config.runners.heartbeats_per_sec,
          returnsPerSec: config.runners.reconnects_per_sec,
        },
        graceMs: config.runners.task_fail_timeout_sec * 1000,
        maxParallelTasks: config.max_parallel_tasks,
        lost,
        clock,
        random,
        log,
        signal,
      }),
    )
    await witness.follow(store.read)
    const { webhooks } = config
    const onOutcome = (state: string) => counters.add('webhook_tries_total', state)
    stack.use(startSender({ store, cipher, webhooks, onOutcome, clock, random, log }))
    keepNewestTasks({ store, keep: config.max_tasks_per_template, clock, log, signal })
    startScheduler({
      store,
      taskOf: (db, schedule) => dueTask({ db, cipher }, schedule),
      headOf: repositoryHeads({ store, cipher, config, clock }),
      timezone: config.schedule.timezone,
      restored: lost !== undefined,
      clock,
      log,
      signal,
    })

    const context: HttpContext = {
      config,
      version,
      store,
      cipher,
      credentials: known.credentials,
      signing,
      tls: config.tls.enabled ? tls : undefined,
      caPem: tls.caPem,
      mqttPort: carrier.port,
      admitRunner: carrier.admitRunner,
      brokerCounts: carrier.counts,
      connections,
      traffic,
      silentMs: (runner) => engine.silentMs(runner),
      ready: () => (engine.bus.connected ? [] : ['not connected to the broker']),
      counters,
      log,
      clock,
    }
    const http = stack.use(await startHttp(context))
    const { enabled, http_redirect_port: redirectPort } = config.tls
    if (enabled && redirectPort !== undefined) {
      stack.use(await startRedirect(config, redirectPort))
    }
    for (const warning of tls.warnings) log.warn(warning)
    void keepCertificateFresh({
      config,
      current: tls,
      carrier,
      http: http.server,
      clock,
      log,
      signal,
    })
    stack.defer(() => ending.abort())
    const { caPem, fingerprint } = tls
    const url = `${config.tls.enabled ? 'https' : 'http'}://localhost:${http.port}`
    return {
      url,
      port: http.port,
      mqttPort: carrier.port,
      caPem,
      fingerprint,
      ownRunnerToken: (name) => tokenOfRunnerNamed(context, name),
      close: () => stack.close(),
    }
  } catch (error) {
    ending.abort()
    await stack.close().catch(() => {})
    throw error
  }
}

/** The server is an ordinary MQTT client of whichever broker is in use. */
function connectServerBus(
  { access }: Carrier,
  filters: readonly string[],
  log: Log,
  { onMessage, onConnect }: Pick<BusHandlers, 'onMessage' | 'onConnect'>,
): Bus {
  return connectBus(
    { ...access, clientId: `${access.username}-${nonce()}`, filters },
    {
      onMessage,
      onConnect(nonce) {
        log.info('connected to the broker')
        onConnect(nonce)
      },
      onDisconnect: (reason) => log.warn('disconnected from the broker', { reason }),
      onRetry: ({ reason, retryMs }) =>
        log.warn('broker not reached', { reason, retry_ms: Math.round(retryMs) }),
    },
  )
}
