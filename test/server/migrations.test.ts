import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { lockFile } from '../../lib/lock.ts'
import { toServerConfig } from '../../server/config.ts'
import { migrateNow, pendingIn } from '../../server/migrations.ts'
import { migrations } from '../../server/store/migrations/index.ts'
import { openSqlite } from '../../server/store/open.ts'
import { outstation } from '../cli/outstation.ts'

const folder = mkdtempSync(join(tmpdir(), 'outstation-migrate-'))
after(() => rmSync(folder, { recursive: true }))
const configOf = (name: string) =>
  toServerConfig({ value: { data_dir: join(folder, name) }, env: { HOME: folder } })
const names = migrations.map(({ name }) => name)

test('what is to be done is told without making a database, done once, and then nothing', async () => {
  const config = configOf('new')
  assert.deepEqual(await pendingIn(config), names)
  assert.equal(existsSync(config.sqlite.host), false)
  assert.deepEqual(await migrateNow(config), names)
  assert.deepEqual(await pendingIn(config), [])
  assert.deepEqual(await migrateNow(config), [])
})

test('of an older database only the rest is to be done, and --check says so by its exit code', async () => {
  const config = configOf('older')
  await migrateNow(configOf('older'))
  const store = await openSqlite(config.sqlite.host)
  const last = names.at(-1) as string
  await store.commit((tx) => tx.db('migrations').where({ name: last }).delete())
  await store.close()
  assert.deepEqual(await pendingIn(config), [last])
  const env = { OUTSTATION_DATA_DIR: config.data_dir }
  const check = await outstation(['migrate', '--check', '--no-config'], { env })
  assert.deepEqual([check.code, check.stdout], [1, `to be done: ${last}\n`])
})

test('not while a server has it', async () => {
  const config = configOf('held')
  await migrateNow(config)
  const lock = await lockFile(`${config.sqlite.host}.lock`, 'an outstation server')
  await assert.rejects(migrateNow(config), { code: 'locked' })
  await lock.close()
})
