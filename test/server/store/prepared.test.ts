import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTempStore } from './temp-store.ts'

test('a text that SQLite does not understand answers its error, each time', async (t) => {
  const { store } = await openTempStore(t)
  for (let times = 0; times < 3; times += 1) {
    await assert.rejects(store.read.raw('select nonsense from nowhere'), /no such table/)
  }
})

test('a statement that fails once works the next time', async (t) => {
  const { store } = await openTempStore(t)
  const insert = (login: string) =>
    store.commit(({ db }) =>
      db('users').insert({ login, name: login, email: `${login}@x`, created: 1, password: '' }),
    )
  await insert('ann')
  await assert.rejects(insert('ann'), /UNIQUE/)
  await insert('ben')
  assert.deepEqual(await store.read('users').orderBy('login').pluck('login'), ['ann', 'ben'])
})

test('more different texts than are kept are all answered, and the database closes', async (t) => {
  const { store } = await openTempStore(t)
  for (let n = 0; n < 250; n += 1) {
    const [row] = await store.read.raw(`select ${n} as n`)
    assert.equal(row.n, n)
  }
  await store.close()
})

test('a statement that was prepared before a table changed sees the change', async (t) => {
  const { store } = await openTempStore(t)
  const columns = async () => Object.keys(await store.read('things').first())
  await store.commit(async ({ db }) => {
    await db.raw('create table things (a)')
    await db.raw('insert into things values (1)')
  })
  assert.deepEqual(await columns(), ['a'])
  await store.commit(({ db }) => db.raw('alter table things add column b'))
  assert.deepEqual(await columns(), ['a', 'b'])
})
