/** When a runner is done: drained and delivered, or its one task is; and what it does until then. */
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Agent } from './agent.ts'
import type { Jobs } from './jobs.ts'
import type { Uplink } from './link/uplink.ts'

/** What the runner does now. */
export interface RunnerStatus {
  runner: number
  connected: boolean
  draining: boolean
  /** Jobs. */
  running: number
  /** Chunks of log on disk that the server has not acknowledged. */
  undelivered: number
}

export interface OverContext {
  runner: number
  agent: Agent
  jobs: Jobs
  uplink: Uplink
  drain: AbortSignal
  cancel: AbortSignal
  onStatus(status: RunnerStatus): void
  clock: Clock
  log: Log
}

/** What the server has not taken so long after the last job ended waits for the next start, ms. */
const partingMs = 10_000
const tickMs = 1000

/** Drives the machine's time, and resolves when there is nothing left to do. */
export async function untilOver(context: OverContext): Promise<void> {
  const { agent, jobs, uplink, drain, cancel, clock, log } = context
  const onDrain = () => {
    log.info('draining: nothing new is taken', { running: jobs.size })
    agent.post({ kind: 'drain' })
  }
  const onCancel = () => jobs.killAll(false)
  when(drain, onDrain)
  when(cancel, onCancel)

  let idleSince: number | undefined
  let told: RunnerStatus | undefined
  for (;;) {
    const { accepting, attempts } = agent.state
    const status = statusOf(context)
    if (!isDeepStrictEqual(status, told)) context.onStatus(status)
    told = status
    if (!accepting && attempts.size === 0) return
    // One that was accepted before may have been granted since.
    if (cancel.aborted) onCancel()
    if (jobs.size > 0) idleSince = undefined
    else if (drain.aborted) {
      idleSince ??= clock.monotonic()
      if (clock.monotonic() - idleSince > partingMs) {
        log.warn('results not delivered; the next start goes on', { attempts: attempts.size })
        return
      }
    }
    agent.post({ kind: 'tick' })
    uplink.tick()
    await clock.sleep(tickMs, drain.aborted ? undefined : drain).catch(() => {})
  }
}

function statusOf({ runner, agent, jobs, uplink, drain }: OverContext): RunnerStatus {
  return {
    runner,
    connected: agent.state.session !== null,
    draining: drain.aborted,
    running: jobs.size,
    undelivered: uplink.undelivered,
  }
}

function when(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act()
  else signal.addEventListener('abort', act, { once: true })
}
