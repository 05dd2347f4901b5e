/** What becomes of tasks: one spawn an attempt, one current attempt, one end, and that a true one. */

import type { Outcome } from '../../../broker/messages.ts'
import { isFinal, type TaskStatus } from '../../../broker/states.ts'
import type { Database } from '../database/database.ts'
import type { Change, Row } from '../database/tables.ts'
import type { Story } from '../story.ts'

export type Policy = 'fail' | 'wait' | 'requeue'

export class TaskRules {
  readonly #story: Story
  readonly #database: Database
  readonly #spawned = new Set<string>()
  readonly #spawnedOf = new Map<number, string>()
  readonly #outcomes = new Map<string, Outcome>()
  readonly #ended = new Set<number>()
  /** Stopped before any grant: nothing of them may be spawned. */
  readonly #stoppedInTime = new Set<number>()
  /** Attempts whose runner lost its disk. */
  readonly #mayBeLost = new Set<string>()

  constructor(story: Story, database: Database) {
    this.#story = story
    this.#database = database
  }

  policyOf(task: Row): Policy {
    return this.#database.get('templates', Number(task.template_id))?.silence_policy as Policy
  }

  /** At most one process per attempt; without a requeue policy at most one per task, too. */
  spawned(task: number, attempt: number): void {
    const key = `${task}.${attempt}`
    this.#story.happens(attempt === 1 ? 'spawns' : 'spawns of later attempts', key)
    if (this.#spawned.has(key)) this.#story.fail(`attempt ${key} was spawned twice`)
    if (this.#stoppedInTime.has(task)) this.#story.fail(`${key} was spawned after its stop`)
    const other = this.#spawnedOf.get(task)
    const row = this.#database.get('tasks', task)
    if (other !== undefined && other !== key && row && this.policyOf(row) !== 'requeue') {
      this.#story.fail(`${other} and ${key} were both spawned`)
    }
    this.#spawned.add(key)
    this.#spawnedOf.set(task, key)
  }

  over(key: string, outcome: Outcome): void {
    this.#story.happens(outcome, key)
    this.#outcomes.set(key, outcome)
  }

  mayBeLost(key: string): void {
    this.#mayBeLost.add(key)
  }

  onCommit(changes: readonly Change[]): void {
    const touched = new Set<number>()
    for (const { table, before, after } of changes) {
      if (table === 'attempts' && after) touched.add(Number(after.task_id))
      if (table !== 'tasks' || after === undefined) continue
      const id = Number(after.id)
      touched.add(id)
      const [was, is] = [before?.status as TaskStatus, after.status as TaskStatus]
      if (was !== undefined && was !== is) this.#story.note(() => `task ${id}: ${was} -> ${is}`)
      if (is === 'unreachable' && was !== is) this.#story.count('tasks unreachable')
      if (was === 'unreachable' && !isFinal(is) && is !== was)
        this.#story.count('tasks reached again')
      if (Number(after.requeues) > Number(before?.requeues ?? 0)) this.#story.count('requeues')
      if (was !== undefined && isFinal(was) && was !== is) {
        this.#story.fail(`task ${id} was ${was} and became ${is}`)
      }
      if (isFinal(is) && (was === undefined || !isFinal(was))) this.#end(after)
    }
    for (const task of touched) this.#oneCurrent(task)
  }

  #end(task: Row): void {
    const story = this.#story
    const id = Number(task.id)
    if (this.#ended.has(id)) story.fail(`task ${id} became final twice`)
    this.#ended.add(id)
    const attempts = this.#attemptsOf(id)
    const attempt = attempts.find(({ attempt }) => attempt === task.attempt)
    const result = attempt?.result ? JSON.parse(String(attempt.result)) : null
    const status = String(task.status)
    const reason = String(task.reason ?? '')
    const key = `${id}.${task.attempt}`
    story.happens(`tasks that ended: ${status}`, `task ${id} ${reason}`)
    if (reason.includes('stopped responding')) {
      story.count('tasks given up after a silence')
      if (this.policyOf(task) === 'wait') story.fail(`${key} was given up, though it was to wait`)
    }
    if (/damaged|old backup/.test(reason)) story.fail(`${key}: ${reason}, though no disk lied`)
    if (reason.includes('lost its record') && !this.#mayBeLost.has(key)) {
      story.fail(`${key} was given up, though its runner had it`)
    }
    if (status === 'stopped' && attempts.every(({ claim }) => claim === 0)) {
      story.count('tasks stopped before any grant')
      this.#stoppedInTime.add(id)
    }
    if (task.cancel === 'kill' && status === 'stopped' && result === null) return
    const outcome = this.#outcomes.get(key) ?? (result?.chunks === 0 ? 'cancelled' : undefined)
    const overdue = reason.startsWith('ran longer than') && outcome === 'cancelled'
    if (overdue) story.count('tasks that ran too long')
    if (result !== null && result.outcome !== (outcome ?? 'interrupted')) {
      const late = outcome !== undefined && result.outcome === 'interrupted'
      if (!late && !overdue)
        story.fail(`${key} ended as ${result.outcome}, though it was ${outcome}`)
    }
    if ((status === 'success') !== (result?.outcome === 'succeeded')) {
      story.fail(`${key} is ${status}, though its result is ${result?.outcome}`)
    }
  }

  /** At most one attempt of a task can still change it. */
  #oneCurrent(id: number): void {
    const task = this.#database.get('tasks', id)
    if (task === undefined) return
    const current = this.#attemptsOf(id).filter(({ attempt, phase }) => {
      const over = phase === 'withdrawn' || phase === 'lost'
      // What a lost attempt reports late is kept, and changes nothing.
      return !over && (attempt === task.attempt || phase !== 'ended')
    })
    if (current.length > 1) this.#story.fail(`task ${id} has ${current.length} current attempts`)
    const status = task.status as TaskStatus
    if (status !== 'waiting' && !isFinal(status) && current.length !== 1) {
      this.#story.fail(`task ${id} is ${status} without an attempt`)
    }
  }

  #attemptsOf(task: number): Row[] {
    return this.#database.rows('attempts').filter(({ task_id }) => task_id === task)
  }
}
