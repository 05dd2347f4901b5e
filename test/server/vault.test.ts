import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, watch, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lockFile } from '../../lib/lock.ts'
import { loadServerConfig, type ServerConfig } from '../../server/config.ts'
import { createCipher, runnerTokenPurpose } from '../../server/store/cipher.ts'
import { changeSecrets } from '../../server/store/environments.ts'
import { sealKey } from '../../server/store/keys.ts'
import { sealTaskSecrets } from '../../server/store/tasks.ts'
import { webhookPurpose } from '../../server/store/webhooks.ts'
import { checkVault, rekeyVault } from '../../server/vault.ts'
import { outstation } from '../cli/outstation.ts'
import { openTempStore, type TempStore } from './store/temp-store.ts'

const root = join(import.meta.dirname, '../..')
const newKey = () => randomBytes(32).toString('base64')

interface Vault extends TempStore {
  formerKey: string
  config: ServerConfig
  configFile: string
}

test('every place of the database is sealed anew, and opens with the new key only', async (t) => {
  const vault = await openVault(t)
  await fillAll(vault)
  const before = await sealedTexts(vault)
  assert.equal(before.length, 5)

  assert.equal(await rekeyVault(vault.config, vault.formerKey), 5)

  const after = await sealedTexts(vault)
  assert.equal(after.length, 5)
  assert.deepEqual(
    after.filter((text) => before.includes(text)),
    [],
  )
  assert.equal(await checkVault(vault.config), 5)
  assert.equal(await rekeyVault(vault.config, vault.formerKey), 0, 'again: nothing is left to do')
})

test('no place seals that rekey does not know', () => {
  const sealing = readdirSync(join(root, 'server'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => /\.seal\(/.test(readFileSync(join(root, 'server', file), 'utf8')))
  assert.deepEqual(sealing.sort(), [
    'http/routes/webhooks.ts',
    'http/runner-credentials.ts',
    'store/environments.ts',
    'store/keys.ts',
    'store/sealed.ts',
    'store/tasks.ts',
  ])
})

test('one secret that neither key opens, and nothing is changed', async (t) => {
  const vault = await openVault(t)
  await fillAll(vault)
  const foreign = createCipher(newKey()).seal(runnerTokenPurpose(vault.runner), 'x')
  await vault.store.commit(({ db }) => db('runners').update({ token_sealed: foreign }))
  const before = await sealedTexts(vault)
  await assert.rejects(rekeyVault(vault.config, vault.formerKey), {
    code: 'config',
    message: /opens runners \d+ \(runner_token\/\d+\)/,
  })
  assert.deepEqual(await sealedTexts(vault), before)
  await assert.rejects(checkVault(vault.config), { code: 'config' })
})

test('not while a server has the database', async (t) => {
  const vault = await openVault(t)
  const lock = await lockFile(`${vault.file}.lock`, 'an outstation server')
  await assert.rejects(rekeyVault(vault.config, vault.formerKey), {
    code: 'locked',
    message: /an outstation server/,
  })
  await lock.close()
  assert.equal(await rekeyVault(vault.config, vault.formerKey), 0)
})

test('the former key comes by a pipe; no key is printed or in an argument', async (t) => {
  const vault = await openVault(t)
  await fillAll(vault)
  const given = ['--config', vault.configFile]
  const none = await outstation(['vault', 'rekey', ...given])
  assert.equal(none.code, 2)
  const early = await outstation(['vault', 'check', ...given])
  assert.equal(early.code, 1)
  assert.match(early.stderr, /^[^\n]*vault rekey --old-key-file[^\n]*\n$/)
  const run = await outstation(['vault', 'rekey', ...given, '--old-key-file', '-'], {
    input: `${vault.formerKey}\n`,
  })
  assert.deepEqual([run.code, run.stderr], [0, ''])
  assert.match(run.stdout, /^5 secrets/)
  const check = await outstation(['vault', 'check', ...given])
  assert.match(check.stdout, /^All 5 secrets open/)
  assert.ok(
    ![none, early, run, check].some((one) =>
      `${one.stdout}${one.stderr}`.includes(vault.formerKey),
    ),
  )
})

test('killed in the middle: all lie under the one key, or all under the other', async (t) => {
  const vault = await openVault(t)
  const secret = sealKey(vault.cipher, vault.project, { type: 'string', string: 'secret' })
  const many = Array.from({ length: 4000 }, (_, at) => {
    return { project_id: vault.project, name: `k${at}`, ...secret }
  })
  await vault.store.commit(async ({ db }) => {
    for (let at = 0; at < many.length; at += 100) {
      await db('access_keys').insert(many.slice(at, at + 100))
    }
  })
  const keyFile = join(dirname(vault.file), 'old.key')
  writeFileSync(keyFile, vault.formerKey)

  const command = ['--import', 'tsx', 'cli.ts', 'vault', 'rekey', '--config', vault.configFile]
  const child = spawn(process.execPath, [...command, '--old-key-file', keyFile], { cwd: root })
  const watcher = watch(dirname(vault.file), (_event, name) => {
    if (name?.endsWith('-wal')) child.kill('SIGKILL')
  })
  t.after(() => watcher.close())
  await once(child, 'close')

  const moved = await rekeyVault(vault.config, vault.formerKey)
  assert.ok(moved === 0 || moved === many.length, `${moved} were left`)
  assert.equal(await checkVault(vault.config), many.length)
})

/** A database whose secrets lie under one key, and a configuration that names another. */
async function openVault(t: TestContext): Promise<Vault> {
  const store = await openTempStore(t)
  const formerKey = newKey()
  const folder = dirname(store.file)
  const configFile = join(folder, 'server.json')
  const file = {
    data_dir: folder,
    sqlite: { host: store.file },
    access_key_encryption: newKey(),
  }
  writeFileSync(configFile, JSON.stringify(file), { mode: 0o600 })
  const config = loadServerConfig({ configFile, env: {} })
  return { ...store, cipher: createCipher(formerKey), formerKey, config, configFile }
}

/** One secret in each place. */
async function fillAll({ store, cipher, project, template, runner }: Vault): Promise<void> {
  await store.commit(async (tx) => {
    const key = sealKey(cipher, project, { type: 'string', string: 'of a key' })
    await tx.db('access_keys').insert({ project_id: project, name: 'k', ...key })
    const [{ id }] = await tx.db('environments').insert({ project_id: project, name: 'e' }, ['id'])
    const create = { operation: 'create', name: 'X', type: 'env', secret: 'of e' } as const
    await changeSecrets(tx, cipher, id, [create])
    const secret = sealTaskSecrets(cipher, template, { X: 'of a task' })
    await tx.db('tasks').insert({
      project_id: project,
      template_id: template,
      secret,
      status: 'waiting',
      created: 1,
    })
    await tx.db('webhooks').insert({
      project_id: project,
      name: 'w',
      url: 'https://x.example/',
      events: '[]',
      secret: cipher.seal(webhookPurpose(project), 'whsec_x'),
      created: 1,
    })
    const token = cipher.seal(runnerTokenPurpose(runner), 'a token')
    await tx.db('runners').where({ id: runner }).update({ token_sealed: token })
  })
}

/** Whatever looks like a sealed text, in any table. */
async function sealedTexts({ store }: TempStore): Promise<string[]> {
  const tables = await store.read('sqlite_master').where({ type: 'table' }).select('name')
  const found: string[] = []
  for (const { name } of tables) {
    for (const row of await store.read(name)) {
      for (const value of Object.values(row)) {
        if (typeof value === 'string' && /^v1\.[\w-]{30,}$/.test(value)) found.push(value)
      }
    }
  }
  return found
}
