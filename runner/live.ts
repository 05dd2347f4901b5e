/**
 * One life of a runner, from what its disk holds to the last result: journal, logs, jobs, machine and
 * uplink, tied together. How it connects and how a job is run comes from outside, so a simulator can
 * live a thousand such lives in a second.
 */
import type { Bus, BusHandlers } from '../broker/bus.ts'
import type { DamageReport } from '../broker/messages.ts'
import { Pace } from '../broker/pace.ts'
import type { Topics } from '../broker/topics.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { CleanupStack } from '../lib/stack.ts'
import { Agent } from './agent.ts'
import { carryOut, foresee } from './carry-out.ts'
import { type ClearCache, Clearing } from './clearing.ts'
import type { RunnerFacts } from './core/state.ts'
import { DamageBook } from './disk/damage-book.ts'
import { openJournal } from './disk/journal.ts'
import type { Keyring } from './disk/keyring.ts'
import { Jobs, type OpenPlace, type RunJob } from './jobs.ts'
import { connectionHandlers } from './link/listen.ts'
import { createRetreat } from './link/retreat.ts'
import { Trust } from './link/trust.ts'
import { Uplink } from './link/uplink.ts'
import { Logs } from './logs.ts'
import { type RunnerStatus, untilOver } from './over.ts'
import { restoreLogs, restoreState } from './restore.ts'
import { type RoomOptions, watchRoom } from './room.ts'
import { Shortages } from './shortages.ts'

export interface LiveOptions {
  /** Its id. */
  runner: number
  facts: RunnerFacts
  /** The state folder; nobody else may use it meanwhile. */
  dataDir: string
  /** What it needs of the disks before it takes something new; left out = nothing. */
  room?: RoomOptions
  /** Bytes that one log may take on disk before its head, once acked, is dropped. */
  spoolCap: number
  topics: Topics
  /** Its own and its server's; left out = neither, as that is older than signatures. */
  keyring?: Pick<Keyring, 'server' | 'pin' | 'sealKey' | 'sign'> | undefined
  /** Stays connected, and comes back at this pace. */
  connect(handlers: BusHandlers, pace: Pace): Bus
  /** Without it each job makes its own place. */
  openPlace?: OpenPlace
  runJob: RunJob
  /** Without it nothing is kept from task to task. */
  clearCache?: ClearCache
  /** Aborted: take nothing new, let what runs end, deliver it, then resolve. */
  drain: AbortSignal
  /** Aborted: cancel what runs, too. */
  cancel: AbortSignal
  /** Told at the start and after each change, at most once a second. */
  onStatus(status: RunnerStatus): void
  clock: Clock
  random: () => number
  log: Log
}

/**
 * Resolves when it is drained, or when the one task of a `oneOff` runner is done and delivered.
 * @throws AppError `damaged`, `unavailable` if the disk does not let it begin
 */
export async function live(options: LiveOptions): Promise<void> {
  const {
    runner,
    facts,
    dataDir,
    spoolCap: cap,
    topics,
    room = { folders: [], minFree: 0 },
    openPlace = () => undefined,
    clearCache = async () => ({ removed: 0, busy: [] }),
    runJob,
    keyring,
  } = options
  const { drain, cancel, onStatus, clock, random, log } = options
  const parts = { clock, random, log }
  await using stack = new CleanupStack()

  const damage = stack.use(await DamageBook.open(dataDir, { log, now: () => clock.now() }))
  const opened = await openJournal(dataDir, { log, clock, onDamage: (found) => damage.add(found) })
  const journal = stack.use(opened.journal)
  const publish = (topic: string, payload: Uint8Array | string) => bus.publish(topic, payload)
  const uplink = new Uplink({
    runner,
    topics,
    publish,
    sign: keyring && ((topic, text) => keyring.sign(topic, text)),
    ...parts,
  })
  const shortages = new Shortages((shortage) => agent.post({ kind: 'room', shortage }))
  // A hello says these, as no other message does.
  const onDamage = async (report: DamageReport) => {
    await damage.add(report)
    agent.post({ kind: 'identify' })
  }
  const logs = stack.use(new Logs({ dataDir, cap, uplink, shortages, onDamage, ...parts }))
  const onCleared = () => agent.post({ kind: 'identify' })
  const clearing = new Clearing({ clearCache, onCleared, log })
  const jobs = stack.use(
    new Jobs({
      openPlace,
      runJob,
      logs,
      onEnd(task, attempt, result) {
        agent.post({ kind: 'ended', task, attempt, result })
        clearing.look()
      },
      onAsked: (task, attempt) => agent.post({ kind: 'asked', task, attempt }),
      ...parts,
    }),
  )
  const ending = new AbortController()
  const retreat = createRetreat({ rest: (ms) => bus.rest(ms), random, log })
  const disk = { damage, clearing, logs }
  const hands = { runner, topics, publish, retreat, ...disk, clock, jobs, uplink }
  const agent: Agent = new Agent(restoreState(opened, facts.oneOff), {
    facts,
    journal,
    foresee: (effect) => foresee(effect, hands),
    carryOut: (effect) => carryOut(effect, hands),
    onState: ({ session }) => uplink.setSession(session),
    signal: ending.signal,
    ...parts,
  })
  await logs.sweep(opened.attempts)
  await restoreLogs(opened, {
    logs,
    clock,
    log,
    onEnded: (task, attempt, result) => uplink.finish(task, attempt, result),
    onInterrupted: (task, attempt, result) => agent.post({ kind: 'ended', task, attempt, result }),
  })

  await watchRoom({ ...room, shortages, clock, log, signal: ending.signal })
  const settle = async (ids: readonly string[]) => {
    await damage.settle(ids)
    if (ids.length > 0 && damage.reports.length > 0) agent.post({ kind: 'identify' })
  }
  // Only the server knows whether another machine comes with the same token.
  const pace = new Pace({ random, steadyMs: Number.POSITIVE_INFINITY })
  const ears = connectionHandlers({
    topics,
    post: (event) => agent.post(event),
    onLogAck: (task, attempt, nextSeq) => uplink.acked(task, attempt, nextSeq),
    onRecorded: (ids) => void settle(ids),
    onClearCache: (wish) => clearing.want(wish),
    pace,
    trust: keyring && new Trust(keyring, () => agent.state.session),
    // Within a session a welcome that is not its server's says nothing: somebody made it up.
    onTrust(reason) {
      if (reason === undefined || agent.state.session === null) shortages.set('server', reason)
    },
    ...parts,
  })
  const bus = stack.use(options.connect(ears, pace))
  stack.defer(() => ending.abort())
  await untilOver({ runner, agent, jobs, uplink, drain, cancel, onStatus, ...parts })
}
