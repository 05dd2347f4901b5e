/**
 * The one judge of all scenarios, called when the faults are over: every task final in time, every log
 * whole and in order with an equal digest, nothing started twice, one webhook id a task, nothing left.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { systemClock } from '../../lib/clock.ts'
import { openSqlite } from '../../server/store/open.ts'
import type { Body } from '../kit/http.ts'
import { taskProcesses } from '../kit/processes.ts'
import type { Stage } from './scenario.ts'
import type { Told } from './told.ts'
import { isAway, type Trial } from './trial.ts'
import { compare } from './work.ts'

export interface Terms {
  /**
   * Where runners were killed: so many tasks may have been interrupted, and only `among` these. A
   * server that dies interrupts none.
   */
  interrupted?: { most: number; among?: ReadonlySet<number> }
  /** Ms in which all must be over. */
  within?: number
}

const lookEveryMs = 250

export async function judge(trial: Trial, stage: Stage, terms: Terms = {}): Promise<void> {
  const { interrupted, within = 60_000 } = terms
  const tasks = await settled(trial, stage, within)
  stage.count('tasks', tasks.length)
  const known = new Set(tasks.map(({ id }) => id))
  for (const id of trial.started) {
    if (!known.has(id)) stage.wrong('lost', `task ${id}: confirmed, and not there any more`)
  }
  const over = tasks.filter(({ end }) => end !== null)
  judgeEnds(over, stage, interrupted)
  await judgeLogs(trial, stage, over)
  const spawned = await trial.spawned()
  stage.count('spawns', spawned.length)
  judgeSpawns(spawned, tasks, stage)
  await trial.told.until((ids) => over.every(({ id }) => ids.has(id)), within)
  stage.count('webhooks', trial.told.requests)
  judgeWebhooks(trial.told.ids, over, stage)
  for (const pid of taskProcesses(trial.world.folder)) {
    stage.wrong('left behind', `process ${pid} of a task that is over`)
  }
}

/** All tasks there are, once none of them is under way. */
async function settled(trial: Trial, stage: Stage, within: number): Promise<Body[]> {
  const began = systemClock.monotonic()
  for (;;) {
    const tasks = await tasksOf(trial)
    const waiting = tasks?.filter(({ end }) => end === null)
    const passed = systemClock.monotonic() - began
    if (tasks !== undefined && waiting?.length === 0) {
      stage.counts['ms until all was final'] = Math.round(passed)
      return tasks
    }
    if (passed > within) {
      if (tasks === undefined) stage.wrong('not final in time', 'the server is not reached')
      for (const one of waiting ?? []) stage.wrong('not final in time', tell(one))
      return tasks ?? []
    }
    await systemClock.sleep(lookEveryMs)
  }
}

async function tasksOf({ world, template }: Trial): Promise<Body[] | undefined> {
  try {
    const answer = await world.api.get(
      `${world.project.path}/tasks?limit=10000&template_id=${template}`,
    )
    return answer.status === 200 ? answer.json() : undefined
  } catch (error) {
    if (isAway(error)) return undefined
    throw error
  }
}

/** @param over tasks that are over, whatever came of them */
export function judgeEnds(
  over: readonly Body[],
  stage: Stage,
  { most, among }: Required<Terms>['interrupted'] = { most: 0 },
): void {
  let interrupted = 0
  for (const task of over) {
    if (task.status === 'success') {
      stage.count('succeeded')
    } else if (task.status === 'error' && /^Interrupted/.test(task.reason)) {
      interrupted += 1
      stage.count('interrupted')
      const mayBe = interrupted <= most && (among?.has(task.id) ?? true)
      if (!mayBe) stage.wrong('ended otherwise', `${tell(task)}; at most ${most} may be`)
    } else {
      stage.wrong('ended otherwise', tell(task))
    }
  }
}

async function judgeLogs(trial: Trial, stage: Stage, over: Body[]) {
  const { world, pace } = trial
  const told = await toldDigests(trial)
  for (const task of over) {
    const { id, attempt } = task
    const { bytes } = await world.api.get(`${world.project.path}/tasks/${id}/raw_output`)
    const whole = task.status === 'success'
    compare({ task: id, attempt, log: bytes.toString(), whole }, pace.lines, stage)
    const digest = createHash('sha256').update(bytes).digest('hex')
    if (told.get(id) !== digest) {
      stage.wrong(
        'digest differs',
        `task ${id}: the runner said ${told.get(id)}, here it is ${digest}`,
      )
    }
  }
}

/** The digest of the whole log as the runner's own result has it. */
async function toldDigests({ world }: Trial): Promise<Map<number, string>> {
  const store = await openSqlite(join(world.dataDir, 'database.sqlite'))
  try {
    const rows = await store.read('attempts').whereNotNull('result').orderBy('attempt')
    return new Map(rows.map(({ task_id, result }) => [task_id, JSON.parse(result).sha256]))
  } finally {
    await store.close()
  }
}

/** @param spawned `<task>.<attempt>` of each start of the script */
export function judgeSpawns(spawned: readonly string[], tasks: Body[], stage: Stage): void {
  const times = new Map<number, string[]>()
  for (const name of spawned) {
    const task = Number(name.split('.')[0])
    times.set(task, [...(times.get(task) ?? []), name])
  }
  for (const [task, names] of times) {
    if (names.length > 1)
      stage.wrong('double spawn', `task ${task}: started as ${names.join(', ')}`)
  }
  for (const { id, status } of tasks) {
    if (status === 'success' && !times.has(id)) stage.wrong('lost', `task ${id}: never started`)
  }
}

/** @param ids by task, the `webhook-id`s that told its end */
export function judgeWebhooks(ids: Told['ids'], over: readonly Body[], stage: Stage): void {
  for (const { id } of over) {
    const names = [...(ids.get(id) ?? [])]
    if (names.length === 1) continue
    stage.wrong('webhook', `task ${id}: told by ${names.length} ids ${names.join(', ')}`.trimEnd())
  }
}

function tell({ id, status, attempt, runner_id, reason }: Body): string {
  return `task ${id}: ${status}, attempt ${attempt} at runner ${runner_id}${reason ? `, ${reason}` : ''}`
}
