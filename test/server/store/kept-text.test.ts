import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Knex } from 'knex'
import { kept } from '../../../server/store/kept-text.ts'
import { openTempStore } from './temp-store.ts'

interface Thing {
  id: number | undefined
  name: string
  note: string | null
}

function statements() {
  let written = 0
  const named = kept<{ name: string }, Thing>((db, { name }) => {
    written += 1
    return db('things').where({ name }).orderBy('id')
  })
  const add = kept<Partial<Thing>, Thing>((db, thing) => {
    written += 1
    return db('things').insert(thing, '*')
  })
  return { named, add, written: () => written }
}

const withThings = ({ db }: { db: Knex }) =>
  db.raw('create table things (id integer primary key, name text, note text)')

test('a text is written once for all values, and once more for other names', async (t) => {
  const { store } = await openTempStore(t)
  await store.commit(withThings)
  const { named, add, written } = statements()
  for (const name of ['pump', 'valve', "o'ring"]) {
    const [made] = await store.commit(({ db }) => add(db, { name }))
    assert.equal(made?.name, name)
    assert.deepEqual(await named(store.read, { name }), [made])
  }
  assert.equal(written(), 2)
  const [noted] = await store.commit(({ db }) =>
    add(db, { name: 'pump', note: null, id: undefined }),
  )
  assert.deepEqual(noted, { id: 4, name: 'pump', note: null })
  assert.equal(written(), 3)
  assert.equal((await named(store.read, { name: 'pump' })).length, 2)
})

test('it belongs to the transaction: seen in it at once, undone with it', async (t) => {
  const { store } = await openTempStore(t)
  await store.commit(withThings)
  const { named, add } = statements()
  const failing = store.commit(async ({ db }) => {
    await add(db, { name: 'pump' })
    assert.equal((await named(db, { name: 'pump' })).length, 1)
    assert.equal((await named(store.read, { name: 'pump' })).length, 0, 'seen by nobody else')
    throw new Error('no')
  })
  await assert.rejects(failing, /^Error: no$/)
  assert.deepEqual(await named(store.read, { name: 'pump' }), [])
})

test('what is asked at once in a transaction is each answered, and the database closes', async (t) => {
  const { store } = await openTempStore(t)
  await store.commit(withThings)
  const { named, add } = statements()
  const names = ['a', 'b', 'c', 'd']
  const found = await store.commit(async ({ db }) => {
    for (const name of names) await add(db, { name })
    return await Promise.all(names.map((name) => named(db, { name })))
  })
  assert.deepEqual(
    found.map(([thing]) => thing?.name),
    names,
  )
  await store.close()
})

test('a statement that fails says why, without its values', async (t) => {
  const { store } = await openTempStore(t)
  const { add } = statements()
  await assert.rejects(
    store.commit(({ db }) => add(db, { name: 'hush' })),
    (error: Error) => /no such table: things/.test(error.message) && !/hush/.test(error.message),
  )
})

test('a database that knows no SQL is asked by the statement itself', async () => {
  const rows = [{ name: 'pump' }]
  const byName = kept<{ name: string }>((db, values) => (db as unknown as typeof find)(values))
  const find = async (values: object) =>
    rows.filter(({ name }) => name === Object.values(values)[0])
  assert.deepEqual(await byName(find as unknown as Knex, { name: 'pump' }), rows)
  assert.deepEqual(await byName(find as unknown as Knex, { name: 'valve' }), [])
})
