import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Migration, migrations } from '../../../server/store/migrations/index.ts'
import { openSqlite } from '../../../server/store/open.ts'
import { openTempStore } from './temp-store.ts'

const next: Migration = {
  name: '2099-01-01-next',
  up: (db) => db.schema.createTable('next', (t) => t.increments('id')),
}

test('migrations are applied in order, and once', async (t) => {
  const { store, file } = await openTempStore(t)
  const names = migrations.map(({ name }) => name)
  assert.deepEqual(await store.read('migrations').orderBy('name').pluck('name'), names)
  await store.close()
  const again = await openSqlite(file)
  t.after(() => again.close())
  assert.equal((await again.read('migrations')).length, names.length)
})

test('every migration is in the list once, in the order of their files, under the name of its own', () => {
  const folder = join(import.meta.dirname, '../../../server/store/migrations')
  const files = readdirSync(folder).filter((file) => file !== 'index.ts')
  const named = files.map((file) => file.replace(/\.ts$/, '')).toSorted()
  assert.deepEqual(
    migrations.map(({ name }) => name),
    named,
  )
  const marks = named.map((name) => /^\d{4}-\d{2}-\d{2}-[a-z]\d*(?=-)/.exec(name)?.[0])
  for (const mark of marks) assert.ok(mark, `${marks}: a date and a letter`)
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
