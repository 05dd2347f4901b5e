/** One pass over the queue: what can go, goes, in one transaction (D1). */
import { availableRunners, offerAttempt } from '../store/attempts.ts'
import type { Tx } from '../store/commit.ts'
import type { Knex } from '../store/owned.ts'
import { freeSlots, type RunnerRow } from '../store/runners.ts'
import { activeTasks, type QueuedTask, waitingKinds, waitingTasks } from '../store/tasks.ts'
import { type Load, type Pick, pick } from './pick.ts'

export interface Offered extends Pick {
  attempt: number
}

/** So many of the oldest waiting tasks are looked at at once. */
const window = 1000

/** Those with a free slot, by id. */
type OpenRunners = ReadonlyMap<number, RunnerRow & { free: number }>

interface Rules {
  /** max_parallel_tasks of the server, 0 = none. */
  serverLimit: number
  now: number
  random: () => number
}

/** @param serverLimit max_parallel_tasks of the server, 0 = none. */
export async function offerPass(
  tx: Tx,
  serverLimit: number,
  now: number,
  random: () => number,
): Promise<Offered[]> {
  const rules = { serverLimit, now, random }
  const head = await waitingTasks(tx.db, window)
  const offered = await offerSome(tx, head, rules)
  if (head.length < window) return offered
  const able = await ableTemplates(tx.db, rules)
  if (able.length === 0) return offered
  const behind = await waitingTasks(tx.db, window, able)
  return [...offered, ...(await offerSome(tx, behind, rules))]
}

async function offerSome(
  tx: Tx,
  queue: readonly QueuedTask[],
  { serverLimit, now, random }: Rules,
): Promise<Offered[]> {
  // A fleet is not read for an empty queue, which is how most looks at it end.
  const runners: OpenRunners = queue.length > 0 ? await runnersWithSlots(tx.db) : new Map()
  if (runners.size === 0) return []
  const picks = await picker(tx.db, queue, runners, serverLimit)
  const tasks = new Map(queue.map((task) => [task.id, task]))
  const offered: Offered[] = []
  for (const { task, runner } of picks(queue, random)) {
    const to = runners.get(runner) as RunnerRow
    const attempt = await offerAttempt(tx, tasks.get(task) as QueuedTask, to, now)
    offered.push({ task, runner, attempt })
  }
  return offered
}

/**
 * Templates of which a task could go now. Asked when the head of the queue is long and stuck: a
 * thousand tasks that wait for one runner that is away must not hold up what is behind them.
 */
async function ableTemplates(db: Knex, { serverLimit, random }: Rules): Promise<number[]> {
  // Most often the head is long because every slot is taken: then there is no need to count it.
  const runners = await runnersWithSlots(db)
  if (runners.size === 0) return []
  const kinds = await waitingKinds(db)
  const picks = await picker(db, kinds, runners, serverLimit)
  const able = kinds.filter((kind) => picks([kind], random).length > 0)
  return able.map((kind) => kind.template_id)
}

/** Who of some of `queue` gets a slot of one of these runners. */
async function picker(
  db: Knex,
  queue: readonly QueuedTask[],
  runners: OpenRunners,
  serverLimit: number,
) {
  const load = await currentLoad(db, serverLimit, queue)
  const limits = { server: serverLimit, project: limitsOf(queue) }
  const available = [...runners.values()].map((runner) => {
    const { id, project_id: project, tags, is_default: isDefault, free } = runner
    return { id, project, tags, isDefault, free }
  })
  return (some: readonly QueuedTask[], random: () => number): Pick[] => {
    const waiting = some.map(
      ({ id, project_id: project, template_id: template, tag, parallel }) => {
        return { id, project, template, tag, parallel }
      },
    )
    return pick(waiting, available, load, limits, random)
  }
}

async function runnersWithSlots(db: Knex): Promise<OpenRunners> {
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
