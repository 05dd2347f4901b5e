import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { loadServerConfig } from '../../server/config.ts'
import { openSqlite } from '../../server/store/open.ts'
import { verifyPassword } from '../../server/store/passwords.ts'
import { findUserByAuth } from '../../server/store/users.ts'
import { outstation } from '../cli/outstation.ts'

let folder: string
let configFile: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outstation-setup-'))
  configFile = join(folder, 'server.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

async function admin(login: string) {
  const store = await openSqlite(loadServerConfig({ configFile, env: {} }).sqlite.host)
  try {
    return await findUserByAuth(store.read, login)
  } finally {
    await store.close()
  }
}

test('with --yes a whole server is set up, and the password is shown once', async () => {
  const args = ['setup', '--yes', '--config', configFile, '--data-dir', join(folder, 'data')]
  const { code, stdout, stderr } = await outstation([...args, '--port', '4000'])
  assert.deepEqual([code, stderr], [0, ''])
  const config = loadServerConfig({ configFile, env: {} })
  assert.equal(config.port, 4000)
  assert.equal(config.data_dir, join(folder, 'data'))
  assert.match(String(config.runner_registration_token), /^osr_[\w-]{43}$/)
  assert.deepEqual(config.warnings, [])
  assert.equal(statSync(configFile).mode & 0o777, 0o600)
  assert.equal(statSync(config.data_dir).mode & 0o777, 0o700)
  const [, password = ''] = /Password \(shown only now\): (\S+)\n/.exec(stdout) ?? []
  const user = await admin('admin')
  assert.equal(user?.admin, true)
  assert.ok(await verifyPassword(password, user?.password))
})

test('piped answers are taken in order', async () => {
  const answers = [
    join(folder, 'd'),
    '',
    'https://out.example',
    'ann',
    'a@b.c',
    'Ann',
    'open sesame',
  ]
  const input = answers.map((answer) => `${answer}\n`).join('')
  const { code, stdout, stderr } = await outstation(['setup', '--config', configFile], { input })
  assert.deepEqual([code, stderr], [0, ''])
  assert.doesNotMatch(stdout, /open sesame/)
  assert.equal(loadServerConfig({ configFile, env: {} }).web_host, 'https://out.example')
  const user = await admin('ann')
  assert.deepEqual([user?.name, user?.email], ['Ann', 'a@b.c'])
  assert.ok(await verifyPassword('open sesame', user?.password))
})

test('a wrong flag ends it before anything is written', async () => {
  for (const flags of [
    ['--port', '70000'],
    ['--web-host', 'here'],
  ]) {
    const run = await outstation(['setup', '--yes', '--config', configFile, ...flags])
    assert.equal(run.code, 2)
    assert.match(run.stderr, /^outstation: --(port|web-host): expected .*\n$/)
    assert.throws(() => statSync(configFile))
  }
})
