/** The database of the model: rows as the machine sees them, decisions written as server/store does. */
import type { Hello } from '../../broker/messages.ts'
import { keyOf } from '../../runner/core/state.ts'
import type { AttemptView, Decision, TaskView, View } from '../../server/core/views.ts'
import { Truth } from './truth.ts'

export interface ModelRunnerRow {
  id: number
  session: number
  nonce: string | null
  online: boolean
  accepting: boolean
  limit: number
}

interface Id {
  task: number
  attempt: number
}

export class ModelStore {
  /** A third of the lease, as the server has it; told in each welcome. */
  heartbeatMs = 20_000
  readonly tasks = new Map<number, TaskView>()
  readonly attempts = new Map<string, AttemptView & { offered: number }>()
  readonly logs = new Map<string, string[]>()
  readonly runners = new Map<number, ModelRunnerRow>()
  readonly #truth: Truth

  constructor(truth: Truth) {
    this.#truth = truth
  }

  /** What a transaction would see that is never committed. */
  copy(): ModelStore {
    const copy = new ModelStore(new Truth(undefined))
    for (const [id, task] of this.tasks) copy.tasks.set(id, task)
    for (const [key, attempt] of this.attempts) copy.attempts.set(key, attempt)
    for (const [key, log] of this.logs) copy.logs.set(key, log)
    for (const [id, runner] of this.runners) copy.runners.set(id, runner)
    return copy
  }

  insertTask(id: number): void {
    this.tasks.set(id, { id, status: 'waiting', attempt: 0, runner: null, cancel: '', requeues: 0 })
  }

  insertRunner(id: number): void {
    const row = { id, session: 0, nonce: null, online: false, accepting: true, limit: 0 }
    this.runners.set(id, row)
  }

  view(id: Id): View {
    return { task: this.tasks.get(id.task), attempt: this.attempts.get(keyOf(id)) }
  }

  live(runner: number): View[] {
    return [...this.attempts.values()]
      .filter((row) => row.runner === runner && isLive(row))
      .map((row) => this.view(row))
  }

  held(runner: number): number {
    return this.live(runner).length
  }

  log(id: Id): string[] {
    return this.logs.get(keyOf(id)) ?? []
  }

  offer(task: number, runner: number, now: number): Id {
    const row = this.tasks.get(task) as TaskView
    const attempt = row.attempt + 1
    this.tasks.set(task, { ...row, status: 'starting', attempt, runner })
    this.attempts.set(keyOf({ task, attempt }), {
      task,
      attempt,
      runner,
      phase: 'offered',
      claim: 0,
      nextSeq: 0,
      bytes: 0,
      logResets: 0,
      result: null,
      confirmation: '',
      offered: now,
    })
    return { task, attempt }
  }

  append(id: Id, seq: number, text: string): void {
    this.#truth.appended(id, seq, text)
    this.logs.set(keyOf(id), [...this.log(id), text])
  }

  save({ task, attempt }: View, decision: Decision): void {
    if (attempt !== undefined && decision.attempt !== undefined) {
      const row = this.attempts.get(keyOf(attempt)) as AttemptView & { offered: number }
      this.attempts.set(keyOf(attempt), { ...row, ...decision.attempt })
      if (decision.resetLog) this.logs.delete(keyOf(attempt))
      const { result } = decision.attempt
      if (result) this.#truth.resultStored(attempt, this.log(attempt), result.chunks)
    }
    if (task === undefined) return
    if (decision.ending) this.#truth.ended(task, decision.ending)
    if (decision.task) this.tasks.set(task.id, { ...task, ...decision.task })
  }

  deleteTask(id: number): void {
    this.tasks.delete(id)
    for (const [key, { task }] of this.attempts) {
      if (task !== id) continue
      this.attempts.delete(key)
      this.logs.delete(key)
    }
  }

  beginSession(runner: number, hello: Hello): number {
    const row = this.runners.get(runner) as ModelRunnerRow
    const session = row.nonce === hello.nonce ? row.session : row.session + 1
    this.runners.set(runner, {
      ...row,
      session,
      nonce: hello.nonce,
      online: true,
      accepting: hello.accepting,
      limit: hello.max_parallel_tasks,
    })
    return session
  }

  change(runner: number, columns: Partial<ModelRunnerRow>): void {
    const row = this.runners.get(runner)
    if (row !== undefined) this.runners.set(runner, { ...row, ...columns })
  }
}

export function isLive({ phase }: AttemptView): boolean {
  return phase === 'offered' || phase === 'claimed' || phase === 'started'
}
