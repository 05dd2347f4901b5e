/** Which waiting task goes to which runner: pure. */
import { mayTake, type RunnerOffer, type TaskDemand } from '../core/eligible.ts'

export interface WaitingTask extends TaskDemand {
  id: number
  template: number
  /** False: not while another task of the template is active. */
  parallel: boolean
}

export interface AvailableRunner extends RunnerOffer {
  id: number
  free: number
}

export interface Load {
  /** Active tasks of the server, by project and by template. */
  total: number
  byProject: Map<number, number>
  byTemplate: Map<number, number>
}

export interface Limits {
  /** 0 = no limit. */
  server: number
  project(id: number): number
}

export interface Pick {
  task: number
  runner: number
}

/**
 * Oldest task first; a random runner among those with a free slot that may take it, runners of its
 * very project before general ones. A task that cannot go now does not hold up the next.
 * Counts of `load` and `runners` are brought up to date on the way, so that one pass keeps all limits.
 */
export function pick(
  waiting: readonly WaitingTask[],
  runners: readonly AvailableRunner[],
  load: Load,
  limits: Limits,
  random: () => number,
): Pick[] {
  const free = new Map(runners.map(({ id, free }) => [id, free]))
  const byProject = new Map(load.byProject)
  const byTemplate = new Map(load.byTemplate)
  let { total } = load
  const picks: Pick[] = []
  for (const task of waiting) {
    if (isFull(limits.server, total)) break
    const inProject = byProject.get(task.project) ?? 0
    const inTemplate = byTemplate.get(task.template) ?? 0
    if (isFull(limits.project(task.project), inProject)) continue
    if (!task.parallel && inTemplate > 0) continue
    const candidates = candidatesFor(task, runners, free)
    const runner = candidates[Math.floor(random() * candidates.length)]
    if (runner === undefined) continue
    picks.push({ task: task.id, runner: runner.id })
    free.set(runner.id, (free.get(runner.id) ?? 0) - 1)
    byProject.set(task.project, inProject + 1)
    byTemplate.set(task.template, inTemplate + 1)
    total += 1
  }
  return picks
}

function candidatesFor(
  task: WaitingTask,
  runners: readonly AvailableRunner[],
  free: Map<number, number>,
): AvailableRunner[] {
  const open = runners.filter((one) => (free.get(one.id) ?? 0) > 0 && mayTake(task, one))
  const own = open.filter(({ project }) => project !== null)
  return own.length > 0 ? own : open
}

function isFull(limit: number, used: number): boolean {
  return limit > 0 && used >= limit
}
