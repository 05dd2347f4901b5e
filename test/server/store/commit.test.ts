import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '../../../server/store/changes.ts'
import type { Tx } from '../../../server/store/commit.ts'
import { openSqlite, type Store } from '../../../server/store/open.ts'
import { readPosition } from '../../../server/store/position.ts'
import { EventLog, StandingClock } from '../feed/webhooks/outbox-world.ts'
import { openTempStore } from './temp-store.ts'

const addProject = async ({ db, emit }: Tx, name: string): Promise<string> => {
  const [{ id }] = await db('projects').insert({ name, created: 1 }, ['id'])
  emit({ kind: 'runner', runner: id })
  return name
}

async function names(store: Store): Promise<string[]> {
  return await store.read('projects').orderBy('id').pluck('name')
}

function listen(t: { after(step: () => void): void }, store: Store): Change[] {
  const heard: Change[] = []
  const ending = new AbortController()
  t.after(() => ending.abort())
  store.changes.listen((change) => heard.push(change), ending.signal)
  return heard
}

test('works that come together share a transaction, in their order', async (t) => {
  const { store } = await openTempStore(t)
  const transactions = new Set<unknown>()
  const works = ['a', 'b', 'c'].map((name) =>
    store.commit((tx) => {
      transactions.add(tx.db)
      return addProject(tx, name)
    }),
  )
  assert.deepEqual(await Promise.all(works), ['a', 'b', 'c'])
  assert.equal(transactions.size, 1)
  assert.deepEqual(await names(store), ['Plant', 'a', 'b', 'c'])
})

test('a work sees what those before it in its transaction have written', async (t) => {
  const { store } = await openTempStore(t)
  const first = store.commit((tx) => addProject(tx, 'a'))
  const second = store.commit(({ db }) => db('projects').where({ name: 'a' }).pluck('name'))
  assert.deepEqual([await first, await second], ['a', ['a']])
})

test('a work that throws takes only itself down, and nothing that it wrote or told stays', async (t) => {
  const { store } = await openTempStore(t)
  const heard = listen(t, store)
  const good = store.commit((tx) => addProject(tx, 'good'))
  const bad = store.commit(async (tx) => {
    await addProject(tx, 'bad')
    throw new Error('no')
  })
  const after = store.commit((tx) => addProject(tx, 'after'))
  await assert.rejects(bad, /no/)
  assert.deepEqual([await good, await after], ['good', 'after'])
  assert.deepEqual(await names(store), ['Plant', 'good', 'after'])
  assert.equal(heard.length, 2, 'told once each, though the works ran twice')
})

test('a change is told only once it can be read', async (t) => {
  const { store } = await openTempStore(t)
  const ending = new AbortController()
  t.after(() => ending.abort())
  let read: Promise<unknown[]> | undefined
  store.changes.listen(({ kind }) => {
    if (kind === 'runner') read ??= names(store)
  }, ending.signal)
  await store.commit((tx) => addProject(tx, 'a'))
  assert.deepEqual(await read, ['Plant', 'a'])
})

test('listeners hear of changes before the work is answered', async (t) => {
  const { store } = await openTempStore(t)
  const heard = listen(t, store)
  const seen = await store.commit((tx) => addProject(tx, 'a')).then(() => heard.length)
  assert.equal(seen, 1)
})

/** Foreign keys that are checked at COMMIT: the one way to make just that fail. */
const failsAtCommit = async (tx: Tx): Promise<void> => {
  await tx.db.raw('PRAGMA defer_foreign_keys = ON')
  await tx.db('project_users').insert({ project_id: 999, user_id: 999, role: 'owner' })
  tx.emit({ kind: 'delivery' })
}

test('a commit that fails is told to all of its works, and the next one works again', async (t) => {
  const { store } = await openTempStore(t)
  const heard = listen(t, store)
  const works = [store.commit(failsAtCommit), store.commit((tx) => addProject(tx, 'with it'))]
  for (const work of works) await assert.rejects(work, /FOREIGN KEY/)
  assert.deepEqual(heard, [])
  assert.equal(await store.commit((tx) => addProject(tx, 'later')), 'later')
  assert.deepEqual(await names(store), ['Plant', 'later'])
  const [row] = await store.commit(({ db }) => db.raw('PRAGMA synchronous'))
  assert.equal(row.synchronous, 2, 'the new connection is as durable as the first')
})

test('another process may write at the same time, as `user add` does', async (t) => {
  const { store, file } = await openTempStore(t)
  const other = await openSqlite(file)
  t.after(() => other.close())
  const readThenWrite = async (tx: Tx) => {
    const { length } = await tx.db('projects').pluck('id')
    await addProject(tx, String(length))
  }
  const write = async (into: Store) => {
    for (let n = 0; n < 20; n += 1) await into.commit(readThenWrite)
  }
  await Promise.all([write(store), write(other)])
  const wanted = Array.from({ length: 40 }, (_, n) => String(n + 1))
  assert.deepEqual(await names(store), ['Plant', ...wanted])
})

test('a listener that throws is logged, and the others are told', async (t) => {
  const log = new EventLog()
  const { store } = await openTempStore(t, { log })
  const { signal } = new AbortController()
  store.changes.listen(() => {
    throw new Error('a listener')
  }, signal)
  const heard = listen(t, store)
  assert.equal(await store.commit((tx) => addProject(tx, 'a')), 'a')
  assert.equal(await store.commit((tx) => addProject(tx, 'b')), 'b')
  assert.equal(heard.length, 2)
  assert.equal(log.events.filter(({ event }) => event === 'a listener failed').length, 2)
})

test('a work that never ends is given up, and what it does later is not done', async (t) => {
  const clock = new StandingClock()
  const { store } = await openTempStore(t, { clock })
  let waits = () => {}
  const waiting = new Promise<void>((resolve) => {
    waits = resolve
  })
  let goOn = () => {}
  let late: Promise<unknown> | undefined
  const hung = store.commit(async (tx) => {
    await addProject(tx, 'hung')
    waits()
    await new Promise<void>((resolve) => {
      goOn = resolve
    })
    late = addProject(tx, 'late').catch((error) => error.message)
  })
  await waiting
  clock.advance(120_000)
  await assert.rejects(hung, { code: 'internal', message: /not done within 120 s/ })
  await store.commit(async (tx) => {
    goOn()
    await new Promise(setImmediate)
    return addProject(tx, 'after')
  })
  assert.match(String(await late), /revoked/)
  assert.deepEqual(await names(store), ['Plant', 'after'])
})

test('a full disk rejects all of a batch, whatever work met it, and it goes on by itself', async (t) => {
  const log = new EventLog()
  const { store } = await openTempStore(t, { log })
  const resumed = new Promise<void>((resolve) => {
    const { signal } = new AbortController()
    store.changes.listen(({ kind }) => kind === 'writable' && resolve(), signal)
  })
  let runs = 0
  const before = store.commit((tx) => addProject(tx, 'before'))
  // The database may not grow: SQLite's own "disk is full", until the connection is opened anew.
  const limit = store.commit(({ db }) => db.raw('PRAGMA max_page_count = 1'))
  const large = store.commit((tx) => {
    runs += 1
    return addProject(tx, 'x'.repeat(1_000_000))
  })
  const after = store.commit((tx) => addProject(tx, 'after'))
  for (const work of [before, limit, large, after]) {
    await assert.rejects(work, { code: 'unavailable', message: /no space is left on its disk$/ })
  }
  assert.equal(runs, 1)
  assert.match(store.paused?.line ?? '', /no space is left/)
  await assert.rejects(
    store.commit((tx) => addProject(tx, 'meanwhile')),
    { code: 'unavailable', retryAfterSec: 5 },
  )
  assert.deepEqual(await names(store), ['Plant'])
  await resumed
  assert.equal(store.paused, undefined)
  assert.equal(await store.commit((tx) => addProject(tx, 'again')), 'again')
  assert.deepEqual(await names(store), ['Plant', 'again'])
})

test('a connection that may only read is opened anew', async (t) => {
  const log = new EventLog()
  const { store } = await openTempStore(t, { log })
  await assert.rejects(
    store.commit(({ db }) => db.raw('PRAGMA query_only = ON')),
    { code: 'unavailable', message: /it is read-only$/ },
  )
  await log.seen('resumed: the database is written again')
  assert.equal(await store.commit((tx) => addProject(tx, 'b')), 'b')
})

test('over a connection that is opened anew commits go on to be counted', async (t) => {
  const log = new EventLog()
  const { store } = await openTempStore(t, { log })
  for (let n = 0; n < 20; n += 1) await store.commit((tx) => addProject(tx, `${n}`))
  await assert.rejects(store.commit(({ db }) => db.raw('PRAGMA query_only = ON')))
  await log.seen('resumed: the database is written again')
  const { commits } = await readPosition(store.read)
  for (const name of ['b', 'c']) await store.commit((tx) => addProject(tx, name))
  assert.equal((await readPosition(store.read)).commits, commits + 2)
})

test('the write that is tried is a real one', async (t) => {
  const log = new EventLog()
  const { store } = await openTempStore(t, { log })
  /** Another number after each commit of another connection that has changed the file. */
  const version = () => store.read.raw('PRAGMA data_version')
  const before = await version()
  await assert.rejects(store.commit(({ db }) => db.raw('PRAGMA query_only = ON')))
  await log.seen('resumed: the database is written again')
  assert.notDeepEqual(await version(), before)
})

test('closing waits for what is queued', async (t) => {
  const { store } = await openTempStore(t)
  const works = Array.from({ length: 600 }, (_, n) => store.commit((tx) => addProject(tx, `${n}`)))
  await store.close()
  assert.equal((await Promise.all(works)).length, 600)
})
