/** One pass over the queue: what can go, goes, in one transaction (D1). */
import { availableRunners, offerAttempt } from '../store/attempts.ts'
import type { Tx } from '../store/commit.ts'
import type { Knex } from '../store/owned.ts'
import { freeSlots, type RunnerRow } from '../store/runners.ts'
import { activeTasks, type QueuedTask, waitingTasks } from '../store/tasks.ts'
import { type Load, type Pick, pick } from './pick.ts'

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
  const queue = await waitingTasks(tx.db, window)
  if (queue.length === 0) return []
  const runners = await runnersWithSlots(tx.db)
  if (runners.size === 0) return []
  const tasks = new Map(queue.map((task) => [task.id, task]))
  const offered: Offered[] = []
  const picks = pick(
    queue.map(({ id, project_id: project, template_id: template, tag, parallel }) => {
      return { id, project, template, tag, parallel }
    }),
    [...runners.values()].map(({ id, project_id: project, tags, is_default: isDefault, free }) => {
      return { id, project, tags, isDefault, free }
    }),
    await currentLoad(tx.db, serverLimit, queue),
    { server: serverLimit, project: limitsOf(queue) },
    random,
  )
  for (const { task, runner } of picks) {
    const to = runners.get(runner) as RunnerRow
    const attempt = await offerAttempt(tx, tasks.get(task) as QueuedTask, to, now)
    offered.push({ task, runner, attempt })
  }
  return offered
}

async function runnersWithSlots(db: Knex): Promise<Map<number, RunnerRow & { free: number }>> {
  const open = (await availableRunners(db))
    .map((runner) => ({ ...runner, free: freeSlots(runner, runner.held) }))
    .filter(({ free }) => free > 0)
  return new Map(open.map((runner) => [runner.id, runner]))
}

/** What is active now; where nothing is limited nobody asks. */
async function currentLoad(db: Knex, limit: number, queue: readonly QueuedTask[]): Promise<Load> {
  const limited = limit > 0 || queue.some((task) => task.projectLimit > 0 || !task.parallel)
  const active = limited ? await activeTasks(db) : []
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

function limitsOf(queue: readonly QueuedTask[]): (project: number) => number {
  const limits = new Map(queue.map((task) => [task.project_id, task.projectLimit]))
  return (project) => limits.get(project) ?? 0
}
