/** The runner, put together: lock -> what an earlier process left -> identity -> its life. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { connectBus } from '../broker/bus-mqtt.ts'
import { createTopics } from '../broker/topics.ts'
import { type Clock, systemClock } from '../lib/clock.ts'
import { nonce } from '../lib/ids.ts'
import { lockFile } from '../lib/lock.ts'
import type { Log } from '../lib/log.ts'
import { CleanupStack } from '../lib/stack.ts'
import { version } from '../lib/version.ts'
import type { RunnerConfig } from './config.ts'
import type { Keyring } from './disk/keyring.ts'
import { prunePutAside } from './disk/put-aside.ts'
import { settleIdentity } from './identity.ts'
import { readInstallation } from './installation.ts'
import { settleIsolation } from './isolation.ts'
import { BerthStock } from './job/berth.ts'
import { clearCache } from './job/clear-cache.ts'
import { endLeftovers } from './job/leftovers.ts'
import { openPlace } from './job/place.ts'
import { runJob } from './job/run.ts'
import { connectionOptions } from './link/listen.ts'
import { live } from './live.ts'
import { operatingSystem } from './operating-system.ts'
import type { RunnerStatus } from './over.ts'
import { loadPolicy } from './policy.ts'

/** Who this runner is, and where its server's broker is to be found. */
export interface Connection {
  id: number
  /** When the server made it; with the id, the name of one registration. */
  registered: string
  token: string
  urls: readonly string[]
  prefix: string
  /** PEM of the authorities to trust; undefined = the system's. */
  ca: string | undefined
  /** Undefined: its server is older than signatures. */
  keyring: Keyring | undefined
}

export interface RunnerOptions {
  config: RunnerConfig
  /** Called once, when what an earlier process left is cleared away; may take until the server is up. */
  connect(): Promise<Connection>
  log: Log
  /** Aborted: take nothing new, let what runs end, deliver it, then resolve. */
  drain: AbortSignal
  /** Aborted: cancel what runs, too. */
  cancel: AbortSignal
  /** Told at the start and after each change, at most once a second. */
  onStatus?: ((status: RunnerStatus) => void) | undefined
  clock?: Clock
  random?: () => number
}

/**
 * Runs until drained, or with `one_off` until its one task is done and delivered.
 * @throws AppError `locked` if another process uses this state folder, `damaged`, `unavailable`
 */
export async function runRunner(options: RunnerOptions): Promise<void> {
  const { config, log, drain, cancel } = options
  const { clock = systemClock, random = Math.random } = options
  const { runner: settings } = config
  const { data_dir: dataDir, one_off: oneOff, max_parallel_tasks: maxParallelTasks } = settings
  const parts = { clock, random, log }
  await using stack = new CleanupStack()

  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  stack.use(await lockFile(join(dataDir, 'runner.lock'), 'an outstation runner'))
  const { tmpPath, ...isolation } = settleIsolation(
    config.process,
    settings.limits,
    config.tmp_path,
  )
  const { user } = isolation
  const policy = loadPolicy(settings.policy_file)
  await endLeftovers(tmpPath, clock, isolation.limits)
  const connection = await options.connect()
  const identity = { runner: connection.id, registered: connection.registered }
  settleIdentity(dataDir, identity, clock.now(), log)
  await prunePutAside(dataDir, log)
  const topics = createTopics(connection.prefix)
  const berths = stack.use(new BerthStock(tmpPath, user))
  const { allow_local_repositories, artifacts, spool_max_mb } = settings
  const { mqtt_keepalive_sec: keepaliveS } = settings
  const job = {
    ...{
      tmpPath,
      knownHosts: config.ssh.known_hosts_file ?? join(dataDir, 'known_hosts'),
      isolation,
      policy,
      berths,
      clock,
      random,
    },
    settings: { ...config, artifacts, allow_local_repositories },
  }
  const { onStatus = () => {} } = options
  await live({
    runner: connection.id,
    facts: {
      boot: nonce(),
      version,
      installation: readInstallation(dataDir),
      os: operatingSystem(),
      startedAt: Math.trunc(clock.now()),
      maxParallelTasks,
      oneOff,
    },
    dataDir,
    room: { folders: [dataDir, tmpPath], minFree: config.disk.min_free_mb * 1_048_576 },
    spoolCap: spool_max_mb * 1_048_576,
    topics,
    keyring: connection.keyring,
    connect: (handlers, pace) =>
      connectBus(
        { ...connectionOptions(connection, topics), keepaliveS, pace, ...parts },
        handlers,
      ),
    openPlace: (given) => openPlace(given, tmpPath, user),
    clearCache: (what) => clearCache(tmpPath, what),
    runJob: (given, context) => runJob(given, { ...job, ...context }),
    drain,
    cancel,
    onStatus,
    ...parts,
  })
}
