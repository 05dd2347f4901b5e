/** A scheduler on a real database, with a clock that stands still and can be set wrong. */
import type { TestContext } from 'node:test'
import type { Clock } from '../../../lib/clock.ts'
import { plan } from '../../../server/core/schedule.ts'
import { type SchedulerParts, startScheduler } from '../../../server/dispatch/scheduler.ts'
import type { Store } from '../../../server/store/open.ts'
import { type ScheduleRow, schedules } from '../../../server/store/schedules.ts'
import type { TaskRow } from '../../../server/store/tasks.ts'
import { EventLog } from '../feed/webhooks/outbox-world.ts'
import { openTempStore, type TempStore } from '../store/temp-store.ts'

export const begin = Date.parse('2026-11-29T12:00:30Z')
export const minute = 60_000

export class SchedulerWorld {
  readonly clock = new StepClock()
  readonly log = new EventLog()
  readonly #temp: TempStore
  #end = new AbortController()

  private constructor(temp: TempStore) {
    this.#temp = temp
  }

  static async open(t: TestContext): Promise<SchedulerWorld> {
    const world = new SchedulerWorld(await openTempStore(t))
    t.after(() => world.stop())
    return world
  }

  get store(): Store {
    return this.#temp.store
  }

  /** Each minute, unless `change` says otherwise. @returns its id */
  async add(change: Partial<ScheduleRow> = {}): Promise<number> {
    const timing = {
      type: '' as const,
      cron_format: '* * * * *',
      timezone: null,
      run_at: null,
      active: true,
      ...change,
    }
    const row = {
      name: 'each minute',
      template_id: this.#temp.template,
      repository_id: null,
      last_commit_hash: null,
      delete_after_run: false,
      run_missed: true,
      task_params: {},
      ...timing,
      ...plan(timing, 'UTC', this.clock.now()),
      last_run: null,
      trouble: null,
      ...change,
    }
    return await this.store.commit((tx) => schedules.insert(tx, this.#temp.project, row))
  }

  /** Resolves when it sleeps. */
  async start(parts: Partial<SchedulerParts> = {}): Promise<void> {
    this.#end = new AbortController()
    const { store, clock, log } = this
    await clock.until(() =>
      startScheduler({
        store,
        taskOf: async (_db, { project_id, template_id }) => ({ project_id, template_id }),
        headOf: async () => 'nothing',
        timezone: 'UTC',
        restored: false,
        clock,
        log,
        signal: this.#end.signal,
        ...parts,
      }),
    )
  }

  /** As a server that ends. */
  stop(): void {
    this.#end.abort()
  }

  async schedule(id: number): Promise<ScheduleRow | undefined> {
    return await schedules.find(this.store.read, this.#temp.project, id)
  }

  async tasks(): Promise<TaskRow[]> {
    return await this.store.read('tasks').orderBy('id')
  }

  /** The tasks so far are over, so that a schedule may start the next. */
  async finishTasks(): Promise<void> {
    await this.store.commit(({ db }) => db('tasks').update({ status: 'success' }))
  }
}

/** Wall clock and monotonic clock apart; one sleeper. */
class StepClock implements Clock {
  #wall = begin
  #passed = 0
  #wake = () => {}
  #onSleep = () => {}

  now(): number {
    return this.#wall
  }

  monotonic(): number {
    return this.#passed
  }

  sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      this.#wake = resolve
      this.#onSleep()
    })
  }

  /** Time passes. Resolves when what slept sleeps again. */
  async pass(ms: number): Promise<void> {
    this.#passed += ms
    await this.set(this.#wall + ms)
  }

  /** The wall clock is set, and looked at. Resolves as `pass`. */
  async set(wall: number): Promise<void> {
    this.#wall = wall
    await this.until(() => this.#wake())
  }

  /** Time passes while nobody sleeps. */
  skip(ms: number): void {
    this.#passed += ms
    this.#wall += ms
  }

  /** Does something and resolves at the next sleep. */
  async until(act: () => unknown): Promise<void> {
    const asleep = new Promise<void>((resolve) => {
      this.#onSleep = resolve
    })
    await act()
    await asleep
  }
}
