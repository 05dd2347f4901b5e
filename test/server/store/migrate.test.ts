import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Migration, migrations } from '../../../server/store/migrations/index.ts'
import { openSqlite } from '../../../server/store/open.ts'
import { openTempStore } from './temp-store.ts'

const next: Migration = {
  name: '2099-01-01-next',
  up: (db) => db.schema.createTable('next', (t) => t.increments('id')),
}

test('migrations are dated, in order, and applied once', async (t) => {
  const { store, file } = await openTempStore(t)
  const names = migrations.map(({ name }) => name)
  assert.deepEqual(names, names.toSorted())
  for (const name of names) assert.match(name, /^\d{4}-\d{2}-\d{2}-/)
  assert.deepEqual(await store.read('migrations').orderBy('name').pluck('name'), names)
  await store.close()
  const again = await openSqlite(file)
  t.after(() => again.close())
  assert.equal((await again.read('migrations')).length, names.length)
})

test('a newer program adds to the database; the older one then refuses it', async (t) => {
  const { store, file } = await openTempStore(t)
  await store.close()
  await (await openSqlite(file, { known: [...migrations, next] })).close()
  await assert.rejects(openSqlite(file), {
    code: 'config',
    message: `database: expected only migrations up to ${migrations.at(-1)?.name}, got ${next.name}`,
    fix: /newer outstation/,
  })
})

test('a migration that fails leaves nothing behind', async (t) => {
  const { store, file } = await openTempStore(t)
  await store.close()
  const failing: Migration = {
    name: '2099-01-02-failing',
    async up(db) {
      await db.schema.createTable('half', (table) => table.increments('id'))
      throw new Error('no')
    },
  }
  await assert.rejects(openSqlite(file, { known: [...migrations, failing] }), /no/)
  const again = await openSqlite(file)
  t.after(() => again.close())
  assert.equal(await again.read.schema.hasTable('half'), false)
})
