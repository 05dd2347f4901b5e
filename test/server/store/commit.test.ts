import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '../../../server/store/changes.ts'
import type { Tx } from '../../../server/store/commit.ts'
import { openSqlite, type Store } from '../../../server/store/open.ts'
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

test('closing waits for what is queued', async (t) => {
  const { store } = await openTempStore(t)
  const works = Array.from({ length: 600 }, (_, n) => store.commit((tx) => addProject(tx, `${n}`)))
  await store.close()
  assert.equal((await Promise.all(works)).length, 600)
})
