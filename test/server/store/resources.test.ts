/** What a job gets from the store: secrets opened, references followed; and that they lie sealed. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Key } from '../../../broker/job.ts'
import { createCipher } from '../../../server/store/cipher.ts'
import { changeSecrets, environments, openEnvironment } from '../../../server/store/environments.ts'
import { inventories, openInventory } from '../../../server/store/inventories.ts'
import { keyReferences, keys, openKey, sealKey } from '../../../server/store/keys.ts'
import { openSqlite, type Store } from '../../../server/store/open.ts'
import { insertProject } from '../../../server/store/projects.ts'
import { openRepository, repositories } from '../../../server/store/repositories.ts'
import { openVaults } from '../../../server/store/templates.ts'

const cipher = createCipher(randomBytes(32).toString('base64'))
let folder: string
let store: Store
let project: number
let other: number
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outstation-store-'))
  store = await openSqlite(join(folder, 'database.sqlite'))
  const row = { name: 'p', alert: false, alert_chat: null, max_parallel_tasks: 0, created: 0 }
  project = await store.commit((tx) => insertProject(tx, row))
  other = await store.commit((tx) => insertProject(tx, row))
})
after(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const addKey = (name: string, key: Key) =>
  store.commit((tx) => keys.insert(tx, project, { name, ...sealKey(cipher, project, key) }))

const examples: Key[] = [
  { type: 'none' },
  { type: 'ssh', login: 'git', private_key: 'THE PRIVATE KEY', passphrase: 'phrase-3141' },
  { type: 'login_password', login: 'root', password: 'password-2718' },
  { type: 'string', string: 'text-1618' },
]

for (const key of examples) {
  test(`a key of type ${key.type} comes back as it went in`, async () => {
    const id = await addKey(key.type, key)
    assert.deepEqual(await openKey(store.read, cipher, id), key)
  })
}

test('no key is a key of type none', async () => {
  assert.deepEqual(await openKey(store.read, cipher, null), { type: 'none' })
})

test('a key that was moved to another project in the database does not open there', async () => {
  const id = await addKey('moved', { type: 'string', string: 'x' })
  await store.commit((tx) => tx.db('access_keys').where({ id }).update({ project_id: other }))
  await assert.rejects(openKey(store.read, cipher, id), { code: 'config' })
})

test('repository and inventory come with their keys', async () => {
  const [ssh, login] = [
    await addKey('s', examples[1] as Key),
    await addKey('l', examples[2] as Key),
  ]
  const { repository, inventory } = await store.commit(async (tx) => ({
    repository: await repositories.insert(tx, project, {
      name: 'r',
      git_url: 'git@host:r',
      git_branch: 'main',
      ssh_key_id: ssh,
    }),
    inventory: await inventories.insert(tx, project, {
      name: 'i',
      type: 'static',
      inventory: 'localhost',
      ssh_key_id: ssh,
      become_key_id: login,
      repository_id: null,
      runner_tag: null,
    }),
  }))
  assert.deepEqual((await openRepository(store.read, cipher, repository)).key, examples[1])
  const opened = await openInventory(store.read, cipher, inventory)
  assert.deepEqual([opened.ssh_key, opened.become_key], [examples[1], examples[2]])
  assert.deepEqual(await keyReferences(store.read, project, ssh), [
    { kind: 'repositories', id: repository, name: 'r' },
    { kind: 'inventories', id: inventory, name: 'i' },
  ])
  await assert.rejects(openRepository(store.read, cipher, 99), { code: 'not_found' })
  await assert.rejects(openInventory(store.read, cipher, 99), { code: 'not_found' })
})

test('an environment comes with its secrets; they are created, changed and deleted one by one', async () => {
  const id = await store.commit(async (tx) => {
    const row = { name: 'e', json: '{"a":{"b":1}}', env: '{"PORT":8080,"ON":true,"S":"x"}' }
    const id = await environments.insert(tx, project, row)
    await changeSecrets(tx, cipher, id, [
      { operation: 'create', name: 'ONE', type: 'var', secret: 'secret-1' },
      { operation: 'create', name: 'TWO', type: 'env', secret: 'secret-2' },
    ])
    return id
  })
  const open = () => openEnvironment(store.read, cipher, id)
  assert.deepEqual(await open(), {
    variables: { a: { b: 1 } },
    env: { PORT: '8080', ON: 'true', S: 'x' },
    secrets: [
      { name: 'ONE', type: 'var', value: 'secret-1' },
      { name: 'TWO', type: 'env', value: 'secret-2' },
    ],
  })
  const [one, two] = await store
    .read('environment_secrets')
    .where({ environment_id: id })
    .pluck('id')
  await store.commit((tx) =>
    changeSecrets(tx, cipher, id, [
      { operation: 'update', id: one, name: 'RENAMED', secret: undefined },
      { operation: 'delete', id: two },
      { operation: 'create', name: 'THREE', type: 'env', secret: 'secret-3' },
    ]),
  )
  assert.deepEqual((await open()).secrets, [
    { name: 'RENAMED', type: 'var', value: 'secret-1' },
    { name: 'THREE', type: 'env', value: 'secret-3' },
  ])
  const foreign = store.commit(async (tx) => {
    const id = await environments.insert(tx, project, { name: 'f', json: '{}', env: '{}' })
    await changeSecrets(tx, cipher, id, [{ operation: 'delete', id: one }])
  })
  await assert.rejects(foreign, { code: 'invalid', message: /^secrets: expected ids of this/ })
  assert.equal((await open()).secrets.length, 2)
})

test('vault passwords come from keys, vault scripts stay paths', async () => {
  const [login, text] = [
    await addKey('v1', examples[2] as Key),
    await addKey('v2', examples[3] as Key),
  ]
  const vaults = await openVaults(store.read, cipher, {
    vaults: [
      { name: 'prod', type: 'password', vault_key_id: login },
      { vault_key_id: text },
      { name: 'x', type: 'script', script: 'vault.py' },
    ],
  })
  assert.deepEqual(vaults, [
    { name: 'prod', type: 'password', password: 'password-2718' },
    { name: null, type: 'password', password: 'text-1618' },
    { name: 'x', type: 'script', script: 'vault.py' },
  ])
})

test('no secret lies in the database file in clear', async () => {
  await store.read.raw('pragma wal_checkpoint(truncate)')
  const bytes = await readFile(join(folder, 'database.sqlite'), 'latin1')
  assert.ok(bytes.includes('git@host:r'), 'the file holds what was stored')
  for (const secret of ['PRIVATE KEY', 'phrase-3141', 'password-2718', 'text-1618', 'secret-']) {
    assert.ok(!bytes.includes(secret), secret)
  }
})
