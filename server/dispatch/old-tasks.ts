/**
 * Keeps only the newest tasks of each template (`max_tasks_per_template`). A task that ends has its template
 * looked at, a little later and beside everything else: what goes, goes in commits of a few milliseconds with
 * rests in between, so that no start of a task waits for it.
 */
import { isFinal } from '../../broker/states.ts'
import type { Clock } from '../../lib/clock.ts'
import { lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { oneAtATime } from '../../lib/one-at-a-time.ts'
import { oldTasks, removePieces } from '../store/old-tasks.ts'
import type { Store } from '../store/open.ts'
import { templateIds } from '../store/templates.ts'

export interface KeepingParts {
  store: Store
  /** So many tasks that are over, of each template; 0 = all. */
  keep: number
  clock: Clock
  log: Log
  signal: AbortSignal
}

/** Ends within this time share a look, ms. */
const gatherMs = 1000
/** After each commit, ms. */
const restMs = 20
/** So many tasks in one commit, and of their logs no more than a commit takes. */
const atOnce = 20
/** So often a look at all templates, for what could not go when its turn was, ms. */
const roundMs = 3_600_000

/** Runs until `signal` aborts. The first look is at all templates: the setting may be new. */
export function keepNewestTasks(parts: KeepingParts): void {
  const { store, keep, clock, log, signal } = parts
  if (keep === 0) return
  const due = new Set<number>()
  const wake = oneAtATime(async () => {
    try {
      await clock.sleep(gatherMs, signal)
      for (const template of [...due]) {
        if (store.paused !== undefined) return
        // Before the look: a task that ends from then on needs another one.
        due.delete(template)
        await trim(parts, template).catch((error) => {
          due.add(template)
          throw error
        })
      }
    } catch (error) {
      if (!signal.aborted) log.error('old tasks cannot be deleted', { reason: lineOf(error) })
    }
  })
  store.changes.listen((change) => {
    if (change.kind === 'task' && isFinal(change.status)) due.add(change.template)
    else if (change.kind !== 'writable') return
    wake()
  }, signal)
  void eachRound(parts, async () => {
    for (const template of await templateIds(store.read)) due.add(template)
    wake()
  })
}

async function eachRound({ clock, log, signal }: KeepingParts, look: () => Promise<void>) {
  while (!signal.aborted) {
    await look().catch((error) => log.error('no look at old tasks', { reason: lineOf(error) }))
    await clock.sleep(roundMs, signal).catch(() => {})
  }
}

async function trim(parts: KeepingParts, template: number): Promise<void> {
  const { store, keep, clock, log, signal } = parts
  let deleted = 0
  for (;;) {
    const ids = await oldTasks(store.read, { template, keep, limit: atOnce })
    if (ids.length === 0) break
    let gone = false
    while (!gone) {
      gone = await store.commit((tx) => removePieces(tx, ids))
      await clock.sleep(restMs, signal)
    }
    deleted += ids.length
  }
  if (deleted > 0) log.info('old tasks were deleted', { template, tasks: deleted })
}
