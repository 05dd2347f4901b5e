/** A database with a project and its webhooks, a clock that stands still, and a log to wait for. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Clock } from '../../../../lib/clock.ts'
import { type Fields, type Log, silentLog } from '../../../../lib/log.ts'
import { CleanupStack } from '../../../../lib/stack.ts'
import {
  type Sender,
  type SenderParts,
  startSender,
} from '../../../../server/feed/webhooks/sender.ts'
import { createCipher } from '../../../../server/store/cipher.ts'
import {
  type DeliveryRow,
  enqueueRunnerWebhook,
  enqueueTaskFinished,
} from '../../../../server/store/deliveries.ts'
import { openSqlite, type Store } from '../../../../server/store/open.ts'
import {
  insertWebhook,
  type WebhookRow,
  webhookPurpose,
} from '../../../../server/store/webhooks.ts'

export const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

export class OutboxWorld {
  readonly clock = new StandingClock()
  readonly log = new EventLog()
  readonly cipher = createCipher(randomBytes(32).toString('base64'))
  readonly cleanup = new CleanupStack()
  readonly folder: string
  /** The disk that the database believes to be on. */
  readonly disk = { free: 1000, size: 1000 }
  store!: Store
  project = 0
  template = 0
  runner = 0

  private constructor(folder: string) {
    this.folder = folder
  }

  static async open(t: TestContext): Promise<OutboxWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'outbox-'))
    const world = new OutboxWorld(folder)
    await world.#open()
    world.cleanup.defer(() => rm(folder, { recursive: true }))
    world.cleanup.defer(() => world.store.close())
    t.after(() => world.cleanup.close())
    await world.#fill()
    return world
  }

  /** Closes the database and opens it again, as a restarted server does. */
  async reopen(): Promise<void> {
    await this.store.close()
    await this.#open()
  }

  /** The disk of the database is full until `makeRoom`. */
  async fillDisk(): Promise<void> {
    this.disk.free = 0
    assert.ok(await this.store.look())
  }

  async makeRoom(): Promise<void> {
    this.disk.free = this.disk.size
    const { changes, paused } = this.store
    if (paused === undefined) return
    const end = new AbortController()
    await new Promise<void>((resolve) => {
      changes.listen(({ kind }) => kind === 'writable' && resolve(), end.signal)
    })
    end.abort()
  }

  sender(parts: Partial<SenderParts> = {}): Sender {
    const { store, cipher, clock, log } = this
    const webhooks = { allow_private_addresses: true, timeout_sec: 15 }
    const random = () => 0
    const sender = startSender({ store, cipher, clock, log, random, webhooks, ...parts })
    this.cleanup.defer(() => sender.close())
    return sender
  }

  addWebhook(url: string, change: Partial<WebhookRow> = {}): Promise<WebhookRow> {
    return this.store.commit((tx) =>
      insertWebhook(tx, {
        project_id: this.project,
        name: 'Chat',
        url,
        events: ['task.finished'],
        secret: this.cipher.seal(webhookPurpose(this.project), secret),
        active: true,
        created: this.clock.now(),
        ...change,
      }),
    )
  }

  /** A task that is final, but of which no webhook was told. @returns its id */
  async endedTask(change: Record<string, unknown> = {}): Promise<number> {
    const now = this.clock.now()
    return await this.store.commit(async ({ db }) => {
      const [row] = await db('tasks').insert(
        {
          project_id: this.project,
          template_id: this.template,
          runner_id: this.runner,
          status: 'success',
          attempt: 1,
          exit_code: 0,
          message: 'nightly',
          created: now - 3000,
          start: now - 2000,
          end: now,
          ...change,
        },
        ['id'],
      )
      return row.id
    })
  }

  /** A task that is final, and the outbox rows of it. @returns its id */
  async finishTask(change: Record<string, unknown> = {}): Promise<number> {
    const task = await this.endedTask(change)
    await this.store.commit((tx) => enqueueTaskFinished(tx, task, this.clock.now()))
    return task
  }

  tellRunner(action: 'start' | 'finish', task: number): Promise<void> {
    return this.store.commit((tx) => enqueueRunnerWebhook(tx, action, task, this.clock.now()))
  }

  /** Every delivery, oldest first. */
  async deliveries(): Promise<DeliveryRow[]> {
    return await this.store.read('deliveries').orderBy('id')
  }

  async #open(): Promise<void> {
    const { log } = this
    const space = async () => this.disk
    const options = { minFree: 100, space, log, random: () => 0.01 }
    this.store = await openSqlite(join(this.folder, 'db.sqlite'), options)
  }

  async #fill(): Promise<void> {
    const created = this.clock.now()
    await this.store.commit(async ({ db }) => {
      const insert = async (table: string, row: Record<string, unknown>): Promise<number> =>
        (await db(table).insert(row, ['id']))[0].id
      const project_id = await insert('projects', { name: 'Plant', created })
      const ssh_key_id = await insert('access_keys', { project_id, name: 'None', type: 'none' })
      const repository_id = await insert('repositories', {
        project_id,
        name: 'Scripts',
        git_url: '/srv/scripts',
        git_branch: 'main',
        ssh_key_id,
      })
      this.project = project_id
      this.template = await insert('templates', {
        project_id,
        name: 'Backup',
        app: 'bash',
        playbook: 'backup.sh',
        repository_id,
      })
      this.runner = await insert('runners', { name: 'shed', token_hash: 'x', created })
    })
  }
}

/** Stands still until a test moves it. It starts at the real time, as signatures are checked by that. */
export class StandingClock implements Clock {
  #now = Date.now()
  #ahead = 0
  #sleepers = new Set<{ until: number; wake(): void }>()

  now(): number {
    return this.#now + this.#ahead
  }

  monotonic(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const sleeper = {
        until: this.#now + ms,
        wake: () => {
          this.#sleepers.delete(sleeper)
          signal?.removeEventListener('abort', stop)
          resolve()
        },
      }
      const stop = () => {
        this.#sleepers.delete(sleeper)
        reject(signal?.reason)
      }
      if (signal?.aborted) return stop()
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', stop, { once: true })
    })
  }

  /** Sets the wall clock; no time passes. */
  set(ms: number): void {
    this.#ahead += ms
  }

  advance(ms: number): void {
    this.#now += ms
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.#now) sleeper.wake()
  }
}

/** Keeps every event; `seen` waits until one was logged `count` times. */
export class EventLog implements Log {
  readonly events: { event: string; fields: Fields }[] = []
  #waiting: (() => void)[] = []

  debug = (event: string, fields: Fields = {}) => this.#add(event, fields)
  info = this.debug
  warn = this.debug
  error = this.debug
  child = () => silentLog

  async seen(event: string, count = 1): Promise<void> {
    while (this.events.filter((one) => one.event === event).length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  #add(event: string, fields: Fields): void {
    this.events.push({ event, fields })
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
