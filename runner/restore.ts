/** What an earlier process of this runner left: its journal's attempts, brought to where they can go on. */
import type { ResultBody } from '../broker/messages.ts'
import type { Clock } from '../lib/clock.ts'
import { lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { JobEnd } from './core/job-end.ts'
import type { HeldAttempt, RunnerState } from './core/state.ts'
import { acceptedAttempt } from './core/words.ts'
import type { OpenJournal } from './disk/journal.ts'
import type { Spool } from './disk/spool.ts'
import { resultOf } from './jobs.ts'
import type { Logs } from './logs.ts'

/** @param oneOff such a runner that finds an attempt in its journal has had its one task. */
export function restoreState(journal: OpenJournal, oneOff: boolean): RunnerState {
  const attempts = new Map<string, HeldAttempt>()
  for (const [key, { task, attempt, phase }] of journal.attempts) {
    attempts.set(key, { ...acceptedAttempt(task, attempt), phase })
  }
  return {
    nonce: null,
    helloAt: 0,
    hellos: 0,
    roundTripMs: null,
    session: null,
    heartbeatMs: 20_000,
    beatAt: 0,
    attempts,
    highest: journal.highest,
    reached: journal.reached,
    refused: new Map(),
    accepting: !(oneOff && attempts.size > 0),
    trouble: null,
    shortage: null,
  }
}

export interface RestoreContext {
  logs: Logs
  clock: Clock
  log: Log
  /** The log of this attempt is complete; its END is journaled already, or is to be. */
  onEnded(task: number, attempt: number, result: ResultBody): void
  onInterrupted(task: number, attempt: number, result: ResultBody): void
}

/**
 * D3: START without END is never run again: its log gets a last line, and it is reported. Nobody waits for
 * that line: on a full disk it may take hours, and what is delivered meanwhile makes room.
 */
export async function restoreLogs(journal: OpenJournal, context: RestoreContext): Promise<void> {
  const { logs, onEnded } = context
  for (const { task, attempt, phase, result } of journal.attempts.values()) {
    if (phase === 'accepted') continue
    const spool = await logs.open(task, attempt)
    if (result !== undefined) onEnded(task, attempt, result)
    else void interrupt({ task, attempt }, spool, context)
  }
}

async function interrupt(
  { task, attempt }: { task: number; attempt: number },
  spool: Spool,
  { clock, log, onInterrupted }: RestoreContext,
): Promise<void> {
  try {
    onInterrupted(task, attempt, await resultOf(spool, interrupted, clock))
  } catch (error) {
    log.warn('interrupted task not reported; the next start does', {
      task,
      attempt,
      reason: lineOf(error),
    })
  }
}

const interrupted = {
  outcome: 'interrupted',
  exit_code: null,
  signal: null,
  reason: "Interrupted: the runner's process died while this task ran; it is not run again",
  commit_hash: null,
  commit_message: null,
} satisfies JobEnd
