/**
 * The simulated database against SQLite: the same works of server/store and server/dispatch over both, the
 * same answers and the same rows. A word of knex or SQL that the simulator lacks fails here, by its name.
 * Only the parents of a row that is made are not asked for by the simulator, so nothing here lacks one.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeArtifact } from '../../../broker/artifacts.ts'
import { silentLog } from '../../../lib/log.ts'
import { removeRunner } from '../../../server/dispatch/remove-runner.ts'
import { startTask } from '../../../server/dispatch/start-task.ts'
import { stopTask } from '../../../server/dispatch/stop-task.ts'
import { listArtifacts, noteSilence } from '../../../server/store/artifacts.ts'
import * as attempts from '../../../server/store/attempts.ts'
import * as chunks from '../../../server/store/chunks.ts'
import { redeliver } from '../../../server/store/deliveries.ts'
import type { Store } from '../../../server/store/open.ts'
import * as outbox from '../../../server/store/outbox.ts'
import * as tasks from '../../../server/store/tasks.ts'
import { Life, Timeline } from '../../kit/timeline.ts'
import { openTempStore } from '../../server/store/temp-store.ts'
import { Random } from '../random.ts'
import { Story } from '../story.ts'
import { Database } from './database.ts'
import { readSchema } from './schema.ts'

/** What is compared at the end; webhooks have ids of their own. */
const tables = [
  ...['projects', 'templates', 'runners', 'tasks', 'attempts'],
  ...['chunks', 'file_chunks', 'artifacts'],
]
const templates = 3

type Work = (store: Store) => Promise<unknown>

/** Draws the works: what each is given is the same for both databases. */
function works(random: Random): Record<string, () => Work> {
  const task = () => random.int(1, 25)
  const template = () => random.int(1, templates)
  const runner = () => random.int(1, 4)
  const reads =
    (read: (db: Store['read']) => unknown): Work =>
    async (store) =>
      read(store.read)
  return {
    start: () => {
      const template_id = template()
      return (store) => startTask(store, { project_id: 1, template_id, created: 0 })
    },
    stop: () => {
      const [id, force] = [task(), random.chance(0.5)]
      return (store) => stopTask(store, id, { force, now: 7 })
    },
    offer: () => {
      const id = runner()
      return (store) =>
        store.commit(async (tx) => {
          const [next] = await tasks.waitingTasks(tx.db, 1)
          const known = await tx.db('runners').where({ id }).first()
          return next && known && attempts.offerAttempt(tx, next, { id, webhook: '' }, 5)
        })
    },
    append: () => {
      const [id, from] = [task(), random.int(0, 3)]
      const part = random.of([undefined, 'file', 'artifact'] as const)
      const told = encodeArtifact({ name: 'a', bytes: 1, sha256: null, problem: 'none' })
      const body = part === 'artifact' ? told : Buffer.from('x'.repeat(random.int(1, 20)))
      const header = { session: 1, at: 3, bytes: body.length, encoding: 'identity' } as const
      const chunk = { ...header, ...(part && { part }), body }
      return (store) =>
        store.commit(async ({ db }) => {
          if ((await chunks.attemptsOf(db, id)).length === 0) return
          const two = [from, from + 1].map((seq) => ({ ...chunk, seq }))
          await chunks.appendChunks(db, id, 1, two)
        })
    },
    'delete chunks': () => {
      const id = task()
      return (store) => store.commit(({ db }) => chunks.deleteChunks(db, id, 1))
    },
    'delete part of a file': () => {
      const id = task()
      return (store) => store.commit(({ db }) => chunks.deletePartOfFile(db, id, 1))
    },
    'delete a task': () => {
      const id = task()
      return (store) => store.commit(({ db }) => tasks.deleteTask(db, id))
    },
    'remove a runner': () => {
      const id = runner()
      return (store) => removeRunner(store, id, 9)
    },
    'add a runner': () => {
      const name = `later ${random.int(1, 99)}`
      const row = { name, token_hash: name, created: 1, online: true, accepting: true }
      return (store) => store.commit(async ({ db }) => db('runners').insert(row, ['id']))
    },
    find: () => {
      const id = task()
      return reads((db) => tasks.findTask(db, id))
    },
    list: () => {
      const template_id = template()
      return reads((db) => tasks.listTasks(db, { template_id }, { limit: 3 }))
    },
    waiting: () => {
      const only = random.chance(0.5) ? [template()] : undefined
      return reads((db) => tasks.waitingTasks(db, 5, only))
    },
    'waiting kinds': () => reads((db) => tasks.waitingKinds(db)),
    active: () => reads((db) => tasks.activeTasks(db)),
    view: () => {
      const id = task()
      return reads((db) => attempts.loadView(db, id, 1))
    },
    'current view': () => {
      const id = task()
      return reads((db) => attempts.loadCurrentView(db, id))
    },
    'live views': () => {
      const id = runner()
      return reads((db) => attempts.liveViews(db, id))
    },
    held: () => reads((db) => attempts.heldByRunner(db)),
    holders: () => reads((db) => attempts.holdersAmong(db, [1, 2])),
    available: () => reads((db) => attempts.availableRunners(db)),
    attempts: () => {
      const id = task()
      return reads((db) => chunks.attemptsOf(db, id))
    },
    artifacts: () => {
      const id = task()
      return reads((db) => listArtifacts(db, id, 1))
    },
    silence: () => {
      const id = task()
      const result = { exit_code: 0, chunks: random.int(0, 5) }
      return (store) => store.commit(({ db }) => noteSilence(db, id, 1, result))
    },
    'next delivery': () => {
      const [now, busy] = [
        random.int(0, 20),
        { lanes: random.of([[], ['b']]), underWay: [random.int(1, 9)] },
      ]
      return reads((db) => outbox.nextDue(db, now, busy))
    },
    'take up deliveries': () => {
      const [now, full] = [random.int(0, 20), random.of([[], [['webhook 1', 2]] as const])]
      const of = { slots: 3, perLane: 2, underWay: [random.int(1, 9)] }
      return async (store) => {
        const ask = { ...of, now, until: now + 9, lanes: new Map(full) }
        const taken = await store.commit((tx) => outbox.claimDue(tx, ask))
        return taken.map(({ message_id, ...one }) => ({ ...one, named: message_id !== '' }))
      }
    },
    'settle a delivery': () => {
      const [id, state] = [random.int(1, 9), random.of(['delivered', 'pending'] as const)]
      const said = { last_status: 200, last_answer: 'ok', last_error: null }
      const hold = random.of([undefined, 30])
      const outcome = { ...said, state, next_try: state === 'pending' ? 12 : null, hold }
      return (store) =>
        store.commit(async (tx) => {
          const row = await tx.db('deliveries').where({ id }).first()
          if (row) await outbox.settle(tx, row, outcome, 10)
        })
    },
    'deliver again': () => {
      const id = random.int(1, 9)
      return async (store) => {
        const row = await store.commit((tx) => redeliver(tx, 1, id, 11))
        return row && { ...row, message_id: '' }
      }
    },
    delivered: () => reads((db) => outbox.deliveredSince(db, 1, 5)),
    'prune deliveries': () => (store) => store.commit((tx) => outbox.pruneDeliveries(tx, 8)),
    log: () => {
      const id = task()
      return reads(async (db) => {
        const pieces = []
        for await (const piece of chunks.readAll(db, id, 1, 1)) pieces.push(piece)
        return pieces
      })
    },
  }
}

/** Beyond what a database in test/server/store begins with. */
const furnish: Work = (store) =>
  store.commit(async ({ db }) => {
    const of = { project_id: 1, app: 'bash', playbook: 'run.sh', repository_id: 1 }
    await db('templates').insert({ ...of, name: 'Alone', allow_parallel_tasks: false })
    await db('templates').insert({ ...of, name: 'Tagged', runner_tag: 'dmz' })
    const hook = { project_id: 1, name: 'Hook', url: 'https://example.com', secret: '' }
    await db('webhooks').insert({ ...hook, events: '["task.finished"]', created: 0 })
    for (const name of ['barn', 'pier']) {
      const up = { online: true, active: true, accepting: true }
      await db('runners').insert({ name, token_hash: name, created: 2, ...up })
    }
  })

/** As test/server/store/temp-store.ts makes it. */
const begin: Work = (store) =>
  store.commit(async ({ db }) => {
    await db('projects').insert({ name: 'Plant', created: 1 })
    await db('access_keys').insert({ project_id: 1, name: 'None', type: 'none' })
    const key = { ssh_key_id: 1, git_url: '/srv/scripts', git_branch: 'main' }
    await db('repositories').insert({ project_id: 1, name: 'Scripts', ...key })
    const of = { project_id: 1, app: 'bash', playbook: 'backup.sh', repository_id: 1 }
    await db('templates').insert({ ...of, name: 'Backup' })
    await db('runners').insert({ name: 'shed', token_hash: 'x', created: 1 })
  })

async function simulated() {
  const timeline = new Timeline()
  const random = new Random(1)
  const story = new Story(timeline, undefined)
  const schema = await readSchema()
  const parts = { schema, timeline, random, story, step() {}, onCommit() {} }
  const database = new Database(parts)
  await database.furnish(async (db) => db('position').insert({ database: 'simulated', commits: 0 }))
  const life = new Life()
  const store = database.open({ life, clock: timeline.clock(life), log: silentLog })
  const run = async (work: Work) => {
    let over = false
    const done = outcome(work, store).finally(() => {
      over = true
    })
    for (;;) {
      await new Promise(process.nextTick)
      if (over) return done
      timeline.next()
    }
  }
  return { store, run }
}

/** Its answer, or the kind of its error, as both can say it. */
async function outcome(work: Work, store: Store): Promise<unknown> {
  try {
    return plain(await work(store))
  } catch (error) {
    // What is missing in the simulator says so by its own words.
    if (error instanceof TypeError || error instanceof SyntaxError) throw error
    return { error: (error as { code?: string }).code ?? String(error) }
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (value instanceof Map || value instanceof Set) return [...value].map(plain).sort()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]))
}

const allOf =
  (table: string): Work =>
  async ({ read }) =>
    (await read(table).select()).map((row: object) => JSON.stringify(sorted(plain(row)))).sort()

function sorted(row: unknown): unknown {
  return Object.fromEntries(Object.entries(row as object).sort(([a], [b]) => (a < b ? -1 : 1)))
}

test('the simulated database answers as SQLite does', async (t) => {
  const { store } = await openTempStore(t)
  const other = await simulated()
  await other.run(begin)
  for (const run of [outcome(furnish, store), other.run(furnish)]) await run

  const random = new Random(7)
  const all = works(random)
  const names = Object.keys(all)
  const answered = new Set<string>()
  for (let step = 0; step < 600; step += 1) {
    // More that starts than that ends, so that there is something to ask for.
    const name = random.chance(0.25) ? random.of(['start', 'offer']) : random.of(names)
    const work = (all[name] as () => Work)()
    const [real, ours] = [await outcome(work, store), await other.run(work)]
    assert.deepEqual(ours, real, `step ${step}: ${name}`)
    if (real !== undefined && !(real as { error?: string } | null)?.error) answered.add(name)
  }
  for (const table of tables) {
    const rows = await outcome(allOf(table), store)
    assert.deepEqual(await other.run(allOf(table)), rows, table)
    t.diagnostic(`${table}: ${(rows as string[]).length} rows`)
  }
  t.diagnostic(`answered: ${[...answered].join(', ')}`)
})
