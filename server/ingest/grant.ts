/** D3: the whole job, secrets included, is read and sent only now that the claim is committed. */

import { limits } from '../../broker/codec.ts'
import type { Job } from '../../broker/job.ts'
import type { Postbox } from '../../broker/postbox.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError, lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { decideLost } from '../core/wish.ts'
import { loadView, saveDecision } from '../store/attempts.ts'
import type { Store } from '../store/open.ts'
import { JobsAhead } from './ahead.ts'

export interface Claimed {
  runner: number
  task: number
  attempt: number
  claim: number
  session: number
}

export interface Granter {
  /** Reads the job and sends it. One that cannot be read or sent ends the task with the reason. */
  grant(claimed: Claimed): void
  /** Resolves when no job is being read: one that the end of the server interrupts is no bad job. */
  idle(): Promise<void>
}

export interface GranterContext {
  store: Store
  postbox: Postbox
  readJob(task: number, attempt: number): Promise<Job>
  clock: Clock
  log: Log
  signal: AbortSignal
}

export function createGranter(context: GranterContext): Granter {
  const { store, postbox, clock, log } = context
  const ahead = new JobsAhead({ ...context, changes: store.changes })
  const underWay = new Set<Promise<void>>()

  async function send({ runner, ...claimed }: Claimed): Promise<void> {
    const { task, attempt } = claimed
    const job = await ahead.take(task, attempt)
    if (!postbox.tasks(runner, { v: 1, kind: 'grant', ...claimed, job })) {
      const bytes = Buffer.byteLength(JSON.stringify(job))
      throw new AppError(
        'too_large',
        `job: expected at most ${limits.job} bytes with its inventory, got ${bytes}`,
        { fix: 'keep a large inventory in the repository, as type file' },
      )
    }
    log.info('granted', { runner, task, attempt })
  }

  async function giveUp({ runner, task, attempt }: Claimed, error: unknown): Promise<void> {
    const reason = `the job cannot be put together: ${lineOf(error)}`
    log.error('grant failed', { runner, task, attempt, reason })
    const given = await store.commit(async (tx) => {
      const view = await loadView(tx.db, task, attempt)
      // The grant of an earlier claim may have arrived after all: what runs is not given up.
      if (view.attempt?.phase !== 'claimed') return false
      await saveDecision(tx, view, decideLost(view, reason), clock.now())
      return true
    })
    if (!given) return
    postbox.tasks(runner, { v: 1, kind: 'cancel', task, attempt, force: true })
  }

  return {
    grant(claimed) {
      const done = send(claimed)
        .catch((error: unknown) => giveUp(claimed, error))
        .catch((error: unknown) => log.error('grant not undone', { reason: lineOf(error) }))
        .finally(() => underWay.delete(done))
      underWay.add(done)
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay)
      await ahead.idle()
    },
  }
}
