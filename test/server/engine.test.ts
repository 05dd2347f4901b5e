/** The whole engine, over a bus in the test's hands. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { BusHandlers } from '../../broker/bus.ts'
import { encode, encodeChunk } from '../../broker/codec.ts'
import type { KnownAttempt } from '../../broker/messages.ts'
import { createTopics } from '../../broker/topics.ts'
import { AppError } from '../../lib/errors.ts'
import { startTask } from '../../server/dispatch/start-task.ts'
import { type Engine, startEngine } from '../../server/engine.ts'
import { findRunner } from '../../server/store/runners.ts'
import { findTask } from '../../server/store/tasks.ts'
import { jobOf } from '../kit/job.ts'
import { OutboxWorld } from './feed/webhooks/outbox-world.ts'
import { pass } from './ingest/passing.ts'
import { resultOf } from './ingest/station.ts'

const topics = createTopics()
const minute = 60_000

test('a broker that is away for longer than lease and grace ends nothing, and all goes on', async (t) => {
  const { world, bus, engine, say, says } = await open(t)
  const { store, project, template, runner } = world
  const hello = async (nonce: string, attempts: KnownAttempt[]) => {
    const known = { ...about, nonce, attempts }
    say({ channel: 'hello', runner }, encode('hello', known))
    await says('welcome')
    return (await findRunner(store.read, runner))?.session ?? 0
  }
  bus.connect()
  const first = await hello('first', [])
  const wish = { project_id: project, template_id: template, created: 1 }
  const id = { task: (await startTask(store, wish)).id, attempt: 1 }
  const taskRow = () => findTask(store.read, id.task)
  const state = { channel: 'state', runner, ...id } as const
  await says('offer')
  say(state, encode('state', { v: 1, kind: 'claim', session: first, claim: 1 }))
  await says('grant')
  say(state, encode('state', { v: 1, kind: 'started', session: first }))
  while ((await taskRow())?.status !== 'running') await store.commit(async () => {})

  bus.connected = false
  await pass(world, 15 * minute)
  const { status, attempt, requeues } = (await taskRow()) ?? {}
  assert.deepEqual([status, attempt, requeues], ['running', 1, 0])
  assert.equal((await findRunner(store.read, runner))?.online, true)

  world.clock.advance(5_000)
  bus.connect()
  assert.equal(engine.silentMs(runner), -61_000, 'from now on, and not from the last look')
  await pass(world, 50_000)
  assert.equal((await taskRow())?.status, 'running')
  const session = await hello('second', [{ ...id, phase: 'started' }])
  const chunk = encodeChunk({ session, seq: 0, at: 1 }, Buffer.from('done\n'))
  say({ channel: 'log', runner, ...id }, chunk)
  const result = resultOf(['done\n'])
  const ended = encode('result', { v: 1, kind: 'result', session, result })
  say({ channel: 'result', runner, ...id }, ended)
  await says('result-ack')
  assert.equal((await taskRow())?.status, 'success')
  const silent = world.log.events.filter(({ event }) => event === 'runner silent')
  assert.deepEqual(silent, [])
})

const about = {
  v: 1,
  kind: 'hello',
  boot: 'boot',
  version: '1',
  max_parallel_tasks: 0,
  accepting: true,
} as const

interface FakeBus {
  connected: boolean
  /** The server reaches the broker (again). */
  connect(): void
}

async function open(t: TestContext) {
  const world = await OutboxWorld.open(t)
  const { store, clock, log } = world
  const ending = new AbortController()
  world.cleanup.defer(() => ending.abort())
  const said: string[] = []
  let onSaid = () => {}
  let handlers: Pick<BusHandlers, 'onMessage' | 'onConnect'> | undefined
  const bus: FakeBus = {
    connected: false,
    connect() {
      bus.connected = true
      handlers?.onConnect('nonce')
    },
  }
  const engine: Engine = await startEngine({
    store,
    topics,
    connect(given) {
      handlers = given
      return {
        get connected() {
          return bus.connected
        },
        async publish(_topic, payload) {
          if (!bus.connected) throw new AppError('unavailable', 'not connected')
          said.push(JSON.parse(Buffer.from(payload).toString()).kind)
          onSaid()
        },
        rest() {},
        async close() {},
      }
    },
    onConnect() {},
    addressOf: () => undefined,
    readJob: async (task, attempt) => jobOf(task, attempt),
    fleet: { leaseMs: 60_000, beatsPerSec: 50, returnsPerSec: 100 },
    graceMs: 10 * minute,
    maxParallelTasks: 0,
    clock,
    random: () => 0,
    log,
    signal: ending.signal,
  })
  world.cleanup.defer(() => engine.close())
  const say = (to: Parameters<typeof topics.of>[0], payload: string | Uint8Array) =>
    handlers?.onMessage(topics.of(to), Buffer.from(payload), false)
  /** Waits until this was said to the runner, once for each call. */
  const says = async (kind: string) => {
    for (;;) {
      const at = said.indexOf(kind)
      if (at >= 0) return void said.splice(0, at + 1)
      await new Promise<void>((resolve) => {
        onSaid = resolve
      })
    }
  }
  return { world, bus, engine, say, says }
}
