/** A server's ingest over a real database, with the runner's side in the test's hands. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { Part } from '../../../broker/chunk.ts'
import { encode, encodeChunk } from '../../../broker/codec.ts'
import type {
  AcksMessage,
  Heartbeat,
  Hello,
  KnownAttempt,
  ResultBody,
  TasksMessage,
} from '../../../broker/messages.ts'
import type { Postbox } from '../../../broker/postbox.ts'
import { plainVoice } from '../../../broker/seal/voice.ts'
import { createTopics } from '../../../broker/topics.ts'
import type { AttemptView, TaskView } from '../../../server/core/views.ts'
import { offerPass } from '../../../server/dispatch/offer-pass.ts'
import { startTask } from '../../../server/dispatch/start-task.ts'
import { createGranter, type GranterContext } from '../../../server/ingest/grant.ts'
import { type Ingest, startIngest } from '../../../server/ingest/ingest.ts'
import { loadView } from '../../../server/store/attempts.ts'
import { readLog } from '../../../server/store/chunks.ts'
import { findRunner, insertRunner, type RunnerRow } from '../../../server/store/runners.ts'
import { findTask, type TaskRow } from '../../../server/store/tasks.ts'
import { jobOf } from '../../kit/job.ts'
import { OutboxWorld } from '../feed/webhooks/outbox-world.ts'

export const topics = createTopics()

export type Said = (TasksMessage | AcksMessage) & { to: number }

interface Id {
  task: number
  attempt: number
}

export class Station {
  readonly world: OutboxWorld
  readonly ingest: Ingest
  /** Everything that was said to runners, oldest first. */
  readonly said: Said[] = []
  /** Where the broker says that runners connect from. */
  readonly addresses = new Map<number, string>()
  /** Whether the server is connected to the broker. */
  connected = true
  readonly #ending = new AbortController()
  #heard: (() => void)[] = []

  private constructor(world: OutboxWorld, readJob: GranterContext['readJob']) {
    this.world = world
    const { store, clock, log } = world
    const postbox: Postbox = {
      tasks: (runner, message) => this.#hear({ ...message, to: runner }),
      acks: (runner, message) => this.#hear({ ...message, to: runner }),
    }
    const { signal } = this.#ending
    const granter = createGranter({ store, postbox, readJob, clock, log, signal })
    this.ingest = startIngest({
      store,
      postbox,
      topics,
      granter,
      clock,
      log,
      signal,
      fleet: { leaseMs: 60_000, beatsPerSec: 50, returnsPerSec: 100 },
      graceMs: 600_000,
      start: 0,
      voice: plainVoice,
      requireSealed: false,
      addressOf: (runner) => this.addresses.get(runner),
      connected: () => this.connected,
    })
    world.cleanup.defer(() => granter.idle())
    world.cleanup.defer(() => this.ingest.idle())
    world.cleanup.defer(() => this.#ending.abort())
  }

  static async open(
    t: TestContext,
    readJob: GranterContext['readJob'] = async (task, attempt) => jobOf(task, attempt),
  ): Promise<Station> {
    return new Station(await OutboxWorld.open(t), readJob)
  }

  /** A server that has just started on the same database. */
  startedAgain(): Station {
    this.#ending.abort()
    return new Station(this.world, async (task, attempt) => jobOf(task, attempt))
  }

  /** Aborts at the end of the test. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  get store() {
    return this.world.store
  }

  /** The server is told to end. */
  stop(): void {
    this.#ending.abort()
  }

  /** What was said since the last call. */
  heard(): Said[] {
    return this.said.splice(0)
  }

  /** Waits for something of this kind to be said. */
  async hears(kind: Said['kind']): Promise<Said> {
    for (;;) {
      const found = this.said.find((one) => one.kind === kind)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#heard.push(resolve))
    }
  }

  // ---- the runner's side ----

  addRunner(name: string): Promise<RunnerRow> {
    const created = this.world.clock.now()
    return this.store.commit((tx) => insertRunner(tx, { name, token_hash: name, created }))
  }

  /** @returns the session of the welcome */
  async hello(runner: number, attempts: KnownAttempt[] = [], change: Partial<Hello> = {}) {
    const hello: Hello = {
      v: 1,
      kind: 'hello',
      nonce: `nonce-${runner}`,
      boot: 'boot',
      version: '1',
      max_parallel_tasks: 0,
      accepting: true,
      attempts,
      ...change,
    }
    this.say(topics.of({ channel: 'hello', runner }), encode('hello', hello))
    await this.ingest.idle()
    return (await this.runner(runner)).session
  }

  heartbeat(runner: number, session: number, more: Partial<Heartbeat> = {}): void {
    const beat = { v: 1, kind: 'heartbeat', session, accepting: true, ...more } as const
    const message = encode('hello', beat)
    this.say(topics.of({ channel: 'hello', runner }), message)
  }

  will(runner: number, nonce: string): void {
    const message = encode('presence', { v: 1, kind: 'presence', nonce, online: false })
    this.say(topics.of({ channel: 'presence', runner }), message)
  }

  state(runner: number, id: Id, message: Parameters<typeof encode<'state'>>[1]): void {
    this.say(topics.of({ channel: 'state', runner, ...id }), encode('state', message))
  }

  claim(runner: number, id: Id, session: number, claim = 1): void {
    this.state(runner, id, { v: 1, kind: 'claim', session, claim })
  }

  chunk(runner: number, id: Id, session: number, seq: number, text: string, part?: Part): void {
    const payload = encodeChunk({ session, seq, part, at: 1000 + seq }, Buffer.from(text))
    this.say(topics.of({ channel: 'log', runner, ...id }), payload)
  }

  result(runner: number, id: Id, session: number, result: ResultBody): void {
    const message = encode('result', { v: 1, kind: 'result', session, result })
    this.say(topics.of({ channel: 'result', runner, ...id }), message)
  }

  say(topic: string, payload: string | Uint8Array): void {
    this.ingest.onMessage(topic, Buffer.from(payload), false)
  }

  // ---- the server's side ----

  async addTask(): Promise<number> {
    const { project: project_id, template: template_id, clock } = this.world
    const { id } = await startTask(this.store, { project_id, template_id, created: clock.now() })
    return id
  }

  /** One pass of the dispatcher. @returns what it offered */
  offer(): Promise<{ task: number; attempt: number; runner: number }[]> {
    return this.store.commit((tx) => offerPass(tx, 0, this.world.clock.now(), () => 0))
  }

  /** A task that runs on a runner that is there. */
  async running(): Promise<{ id: Id; runner: number; session: number }> {
    const { runner } = this.world
    const { online, session: current } = await this.runner(runner)
    const session = online ? current : await this.hello(runner)
    const id = { task: await this.addTask(), attempt: 1 }
    await this.offer()
    this.claim(runner, id, session)
    this.state(runner, id, { v: 1, kind: 'started', session })
    await this.ingest.idle()
    await this.hears('grant')
    this.heard()
    return { id, runner, session }
  }

  async task(id: number): Promise<TaskRow> {
    const row = await findTask(this.store.read, id)
    assert.ok(row)
    return row
  }

  async runner(id: number): Promise<RunnerRow> {
    const row = await findRunner(this.store.read, id)
    assert.ok(row)
    return row
  }

  async view({ task, attempt }: Id): Promise<{ task: TaskView; attempt: AttemptView }> {
    const view = await loadView(this.store.read, task, attempt)
    assert.ok(view.task && view.attempt)
    return { task: view.task, attempt: view.attempt }
  }

  async log({ task, attempt }: Id): Promise<string> {
    let text = ''
    for await (const { bytes } of readLog(this.store.read, task, attempt))
      text += Buffer.from(bytes)
    return text
  }

  #hear(said: Said): true {
    this.said.push(said)
    for (const resolve of this.#heard.splice(0)) resolve()
    return true
  }
}

export function resultOf(chunks: string[], change: Partial<ResultBody> = {}): ResultBody {
  const text = chunks.join('')
  return {
    outcome: 'succeeded',
    exit_code: 0,
    signal: null,
    reason: null,
    commit_hash: null,
    commit_message: null,
    chunks: chunks.length,
    dropped: 0,
    bytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
    ...change,
  }
}
