/** One pass over the queue: what can go, goes, in one transaction (D1). */

import { heldByRunner, offerAttempt } from '../store/attempts.ts'
import type { Tx } from '../store/commit.ts'
import type { Knex } from '../store/owned.ts'
import { freeSlots, listRunners } from '../store/runners.ts'
import { activeTasks, type TaskRow, waitingTasks } from '../store/tasks.ts'
import { type AvailableRunner, type Load, type Pick, pick, type WaitingTask } from './pick.ts'

export interface Offered extends Pick {
  attempt: number
}

/** So many of the oldest waiting tasks are looked at in one pass. */
const window = 1000

/** @param serverLimit max_parallel_tasks of the server, 0 = none. */
export async function offerPass(
  tx: Tx,
  serverLimit: number,
  now: number,
  random: () => number,
): Promise<Offered[]> {
  const rows = await waitingTasks(tx.db, window)
  if (rows.length === 0) return []
  const runners = await availableRunners(tx.db)
  if (runners.length === 0) return []
  const [waiting, load, limitOf] = await Promise.all([
    withParallel(tx.db, rows),
    currentLoad(tx.db),
    projectLimits(tx.db),
  ])
  const limits = { server: serverLimit, project: (id: number) => limitOf.get(id) ?? 0 }
  const offered: Offered[] = []
  for (const { task, runner } of pick(waiting, runners, load, limits, random)) {
    const row = rows.find(({ id }) => id === task) as TaskRow
    offered.push({ task, runner, attempt: await offerAttempt(tx, row, runner, now) })
  }
  return offered
}

/** Never one that is offline, switched off, draining or full. */
async function availableRunners(db: Knex): Promise<AvailableRunner[]> {
  const held = await heldByRunner(db)
  return (await listRunners(db))
    .filter(({ online, active, accepting }) => online && active && accepting)
    .map((runner) => ({
      id: runner.id,
      project: runner.project_id,
      free: freeSlots(runner, held.get(runner.id) ?? 0),
    }))
    .filter(({ free }) => free > 0)
}

async function withParallel(db: Knex, rows: TaskRow[]): Promise<WaitingTask[]> {
  const alone = new Set<number>(
    await db('templates').where({ allow_parallel_tasks: false }).pluck('id'),
  )
  return rows.map((row) => ({
    id: row.id,
    project: row.project_id,
    template: row.template_id,
    parallel: !alone.has(row.template_id),
  }))
}

async function currentLoad(db: Knex): Promise<Load> {
  const active = await activeTasks(db)
  const count = (keys: number[]) => {
    const counts = new Map<number, number>()
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
    return counts
  }
  return {
    total: active.length,
    byProject: count(active.map((task) => task.project_id)),
    byTemplate: count(active.map((task) => task.template_id)),
  }
}

async function projectLimits(db: Knex): Promise<Map<number, number>> {
  const rows = await db('projects').where('max_parallel_tasks', '>', 0)
  return new Map(rows.map((row) => [row.id, row.max_parallel_tasks]))
}
