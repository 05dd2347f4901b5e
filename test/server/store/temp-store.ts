/** A database in a folder of its own, with a project and a template to run. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Cipher, createCipher } from '../../../server/store/cipher.ts'
import { type OpenOptions, openSqlite, type Store } from '../../../server/store/open.ts'

export interface TempStore {
  store: Store
  /** Path of the database. */
  file: string
  cipher: Cipher
  project: number
  key: number
  repository: number
  template: number
  runner: number
}

export async function openTempStore(t: TestContext, options: OpenOptions = {}): Promise<TempStore> {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-store-'))
  const file = join(folder, 'database.sqlite')
  const store = await openSqlite(file, options)
  t.after(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  const insert = (table: string, row: Record<string, unknown>): Promise<number> =>
    store.commit(async ({ db }) => (await db(table).insert(row, ['id']))[0].id)
  const project = await insert('projects', { name: 'Plant', created: 1 })
  const key = await insert('access_keys', { project_id: project, name: 'None', type: 'none' })
  const repository = await insert('repositories', {
    project_id: project,
    name: 'Scripts',
    git_url: '/srv/scripts',
    git_branch: 'main',
    ssh_key_id: key,
  })
  const template = await insert('templates', {
    project_id: project,
    name: 'Backup',
    app: 'bash',
    playbook: 'backup.sh',
    repository_id: repository,
  })
  const runner = await insert('runners', { name: 'shed', token_hash: 'x', created: 1 })
  const cipher = createCipher(randomBytes(32).toString('base64'))
  return { store, file, cipher, project, key, repository, template, runner }
}
