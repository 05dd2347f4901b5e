/** The runner, put together: lock -> journal -> what was left -> machine, jobs, uplink -> bus. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { connectBus } from '../broker/bus-mqtt.ts'
import { Pace } from '../broker/pace.ts'
import { createTopics } from '../broker/topics.ts'
import { type Clock, systemClock } from '../lib/clock.ts'
import { nonce } from '../lib/ids.ts'
import { lockFile } from '../lib/lock.ts'
import type { Log } from '../lib/log.ts'
import { CleanupStack } from '../lib/stack.ts'
import { version } from '../lib/version.ts'
import { Agent } from './agent.ts'
import { carryOut } from './carry-out.ts'
import type { RunnerConfig } from './config.ts'
import { openJournal } from './disk/journal.ts'
import { settleIdentity } from './identity.ts'
import { endLeftovers } from './job/leftovers.ts'
import { PipeStock } from './job/pipe.ts'
import { Jobs } from './jobs.ts'
import { connectionHandlers, connectionOptions } from './link/listen.ts'
import { Uplink } from './link/uplink.ts'
import { Logs } from './logs.ts'
import { type RunnerStatus, untilOver } from './over.ts'
import { restoreLogs, restoreState } from './restore.ts'

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
  const { runner: settings, tmp_path: tmpPath } = config
  const { data_dir: dataDir, one_off: oneOff, max_parallel_tasks: maxParallelTasks } = settings
  const parts = { clock, random, log }
  await using stack = new CleanupStack()

  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  stack.use(await lockFile(join(dataDir, 'runner.lock'), 'an outstation runner'))
  await endLeftovers(tmpPath, clock)
  const connection = await options.connect()
  const identity = { runner: connection.id, registered: connection.registered }
  settleIdentity(dataDir, identity, clock.now(), log)
  const opened = await openJournal(dataDir, { log, clock })
  const { journal } = opened
  stack.use(journal)

  const topics = createTopics(connection.prefix)
  const publish = (topic: string, payload: Uint8Array | string) => bus.publish(topic, payload)
  const uplink = new Uplink({ runner: connection.id, topics, publish, ...parts })
  const logs = stack.use(
    new Logs({ dataDir, cap: settings.spool_max_mb * 1_048_576, uplink, ...parts }),
  )
  const jobs = new Jobs({
    tmpPath,
    pipes: stack.use(new PipeStock(tmpPath)),
    settings: { ...config, allow_local_repositories: settings.allow_local_repositories },
    logs,
    onEnd: (task, attempt, result) => agent.post({ kind: 'ended', task, attempt, result }),
    ...parts,
  })
  const ending = new AbortController()
  const hands = { runner: connection.id, topics, publish, jobs, logs, uplink }
  const agent: Agent = new Agent(restoreState(opened, oneOff), {
    facts: { boot: nonce(), version, maxParallelTasks, oneOff },
    journal,
    carryOut: (effect) => carryOut(effect, hands),
    onState: ({ session }) => uplink.setSession(session),
    signal: ending.signal,
    ...parts,
  })
  await logs.sweep(opened.attempts)
  await restoreLogs(opened, {
    logs,
    clock,
    onEnded: (task, attempt, result) => uplink.finish(task, attempt, result),
    onInterrupted: (task, attempt, result) => agent.post({ kind: 'ended', task, attempt, result }),
  })

  // Only the server knows whether another machine comes with the same token.
  const pace = new Pace({ random, steadyMs: Number.POSITIVE_INFINITY })
  const bus = stack.use(
    connectBus(
      {
        ...connectionOptions(connection, topics),
        keepaliveS: settings.mqtt_keepalive_sec,
        pace,
        ...parts,
      },
      connectionHandlers({
        topics,
        post: (event) => agent.post(event),
        onLogAck: (task, attempt, nextSeq) => uplink.acked(task, attempt, nextSeq),
        pace,
        ...parts,
      }),
    ),
  )
  stack.defer(() => ending.abort())
  const { onStatus = () => {} } = options
  const runner = connection.id
  await untilOver({ runner, agent, jobs, uplink, drain, cancel, onStatus, ...parts })
}
