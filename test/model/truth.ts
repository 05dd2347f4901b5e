/** What really happened, seen from above, and what must never happen. The first violation is kept. */

import { createHash } from 'node:crypto'
import type { Outcome } from '../../broker/messages.ts'
import { isFinal } from '../../broker/states.ts'
import { keyOf } from '../../runner/core/state.ts'
import type { SilencePolicy } from '../../server/core/silence.ts'
import type { AttemptView, Ending, TaskView } from '../../server/core/views.ts'

interface Id {
  task: number
  attempt: number
}

/** D7: every third task may be run again, every third is waited for, the rest fails. */
export function policyOf(task: number): SilencePolicy {
  return (['requeue', 'wait', 'fail'] as const)[task % 3] ?? 'fail'
}

export class Truth {
  violation: string | undefined
  /** What came to pass at all, to see that the runs are worth something. */
  readonly seen = new Map<string, number>()
  /** By attempt: what its runner has fsynced of the log. It outlives the runner's disk. */
  readonly logs = new Map<string, string[]>()
  readonly #spawned = new Set<string>()
  readonly #spawnedTasks = new Map<number, string>()
  readonly #outcomes = new Map<string, Outcome>()
  readonly #asked = new Set<string>()
  readonly #words = new Map<string, boolean>()
  readonly #answered = new Set<string>()
  readonly #finals = new Set<number>()
  readonly #stoppedInTime = new Set<number>()
  /** Attempts whose runner was removed or lost its disk: only these may be given up. */
  readonly #mayBeLost = new Set<string>()
  readonly #trace: ((line: string) => void) | undefined

  constructor(trace: ((line: string) => void) | undefined) {
    this.#trace = trace
  }

  note(line: () => string): void {
    this.#trace?.(line())
  }

  fail(what: string): void {
    this.violation ??= what
    this.note(() => `VIOLATION ${what}`)
  }

  /** Something that is worth seeing in some run. */
  count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1)
  }

  /** At most one process per attempt; without a requeue policy, at most one per task, too. */
  spawned(id: Id): void {
    const key = keyOf(id)
    this.note(() => `spawn ${key}`)
    this.count(id.attempt === 1 ? 'spawned' : 'spawned after an offer was withdrawn')
    if (this.#spawned.has(key)) this.fail(`attempt ${key} was spawned twice`)
    if (this.#stoppedInTime.has(id.task)) this.fail(`${key} was spawned after its stop`)
    const other = this.#spawnedTasks.get(id.task)
    const again = policyOf(id.task) === 'requeue'
    if (!again && other !== undefined && other !== key) {
      this.fail(`${other} and ${key} were both spawned`)
    }
    this.#spawned.add(key)
    this.#spawnedTasks.set(id.task, key)
  }

  synced(id: Id, records: readonly string[]): void {
    const log = this.logs.get(keyOf(id)) ?? []
    log.push(...records)
    this.logs.set(keyOf(id), log)
  }

  /** A job asks. */
  asked(id: Id): void {
    this.note(() => `asked ${keyOf(id)}`)
    this.count('asked')
    this.#asked.add(keyOf(id))
  }

  /** A person's word, committed. */
  decided(id: Id, confirmed: boolean): void {
    const key = keyOf(id)
    this.note(() => `${confirmed ? 'confirm' : 'reject'} ${key}`)
    if (!this.#asked.has(key)) this.fail(`${key} was decided on, though it never asked`)
    if (this.#words.has(key)) this.fail(`${key} was decided on twice`)
    this.#words.set(key, confirmed)
  }

  /** The job has the word, which is the one that was committed. */
  answered(id: Id, confirmed: boolean): void {
    const key = keyOf(id)
    this.count(confirmed ? 'confirmed' : 'rejected')
    if (this.#answered.has(key)) this.fail(`${key} was answered twice`)
    this.#answered.add(key)
    if (this.#words.get(key) !== confirmed) {
      this.fail(`${key} was told ${confirmed}, a person had said ${this.#words.get(key)}`)
    }
  }

  over(id: Id, outcome: Outcome): void {
    this.note(() => `over ${keyOf(id)} ${outcome}`)
    this.count(outcome)
    this.#outcomes.set(keyOf(id), outcome)
  }

  mayBeLost(id: Id): void {
    this.#mayBeLost.add(keyOf(id))
  }

  /** The server's log is a prefix of the runner's. */
  appended(id: Id, seq: number, text: string): void {
    const real = this.logs.get(keyOf(id))?.[seq]
    if (real !== text) this.fail(`log ${keyOf(id)}: record ${seq} is ${real}, stored was ${text}`)
  }

  /** A stop that came before any grant. */
  stoppedInTime(task: number): void {
    this.count('stopped before any grant')
    this.#stoppedInTime.add(task)
  }

  /** A result that is stored, as final or as evidence, has the whole log with it. */
  resultStored(id: Id, log: readonly string[], chunks: number): void {
    const real = this.logs.get(keyOf(id)) ?? []
    if (log.join('') !== real.join('') || log.length !== chunks) {
      this.fail(`result ${keyOf(id)}: stored with ${log.length} of ${real.length} records`)
    }
  }

  ended(task: TaskView, { status, reason, result }: Ending): void {
    this.note(() => `final ${task.id} ${status} ${reason ?? ''}`)
    if (this.#finals.has(task.id)) this.fail(`task ${task.id} became final twice`)
    this.#finals.add(task.id)
    this.count(status)
    if (result === null && status === 'error') this.count('given up')
    if (reason?.includes('stopped responding')) this.count('silent for too long')
    if (task.requeues > 0) this.count('requeued')
    const key = keyOf({ task: task.id, attempt: task.attempt })
    if (reason?.includes('damaged')) this.fail(`${key}: ${reason}, though no disk failed`)
    if (reason?.includes('lost its record') && !this.#mayBeLost.has(key)) {
      this.fail(`${key} was given up, though its runner had it`)
    }
    const outcome = this.#outcomes.get(key)
    if (result !== null && result.outcome !== outcome && result.reason !== neverStarted) {
      this.fail(`${key} ended as ${result.outcome}, though it was ${outcome}`)
    }
    if (status === 'success' && this.#asked.has(key) && this.#words.get(key) !== true) {
      this.fail(`${key} succeeded without the word that it asked for`)
    }
    if ((status === 'success') !== (result?.outcome === 'succeeded')) {
      this.fail(`${key} is ${status}, though its result is ${result?.outcome}`)
    }
  }

  /** At most one attempt of a task can still change it. */
  oneCurrent(tasks: ReadonlyMap<number, TaskView>, attempts: Iterable<AttemptView>): void {
    const current = new Map<number, number>()
    for (const { task, phase } of attempts) {
      if (phase === 'withdrawn' || phase === 'lost') continue
      current.set(task, (current.get(task) ?? 0) + 1)
    }
    for (const { id, status } of tasks.values()) {
      const count = current.get(id) ?? 0
      if (count > 1) this.fail(`task ${id} has ${count} current attempts`)
      if (status !== 'waiting' && !isFinal(status) && count !== 1) {
        this.fail(`task ${id} is ${status} without an attempt`)
      }
    }
  }
}

export const neverStarted = 'cancelled before it started'

export function sha256(log: readonly string[]): string {
  return createHash('sha256').update(log.join('')).digest('hex')
}
