/** Access keys. The secret part is sealed for its project; it leaves only in a job. */
import type { Knex } from 'knex'
import type { Key } from '../../broker/job.ts'
import type { Cipher } from './cipher.ts'
import { kept } from './kept-text.ts'
import { type OwnedRow, ownedTable } from './owned.ts'
import { type Reference, referring } from './references.ts'

export interface KeyRow extends OwnedRow {
  type: Key['type']
  /** The Key without its type, as JSON, sealed; null for type none. */
  secret: string | null
}

export const keys = ownedTable<KeyRow>('access_keys')

/** The columns of a key with this secret, for `keys.insert` and `keys.update`. */
export function sealKey(
  cipher: Cipher,
  project: number,
  { type, ...secret }: Key,
): Pick<KeyRow, 'type' | 'secret'> {
  if (type === 'none') return { type, secret: null }
  return { type, secret: cipher.seal(keyPurpose(project), JSON.stringify(secret)) }
}

/** The key with its secret. @param id null stands for no key, as inventories may have none. */
export async function openKey(db: Knex, cipher: Cipher, id: number | null): Promise<Key> {
  const row: KeyRow | undefined =
    id === null ? undefined : await db('access_keys').where({ id }).first()
  return row === undefined ? { type: 'none' } : unsealKey(cipher, row)
}

/** What opening a key needs of its row. */
export type KeyColumns = Pick<KeyRow, 'project_id' | 'type' | 'secret'>

export function unsealKey(cipher: Cipher, { project_id, type, secret }: KeyColumns): Key {
  if (secret === null) return { type: 'none' }
  return { type, ...JSON.parse(cipher.open(keyPurpose(project_id), secret)) }
}

/** What names the keys that a task needs. */
export interface KeyUsers {
  project: number
  repository: number
  inventory: number
  vaultKeys: readonly number[]
}

/** Names of those among the keys of these whose secret nobody has entered; in one statement. */
export async function keysWithoutSecret(
  db: Knex,
  { vaultKeys, ...users }: KeyUsers,
): Promise<string[]> {
  const rows = await withoutSecret(db, { ...users, ...vaultKeys })
  return rows.map(({ name }) => name)
}

type KeyUserIds = Omit<KeyUsers, 'vaultKeys'> & Record<number, number>

const withoutSecret = kept((db, { project, repository, inventory, ...vaultKeys }: KeyUserIds) => {
  const of = (table: string, id: number) => db(table).where({ project_id: project, id })
  return db('access_keys')
    .where((used) =>
      used
        .whereIn('id', of('repositories', repository).select('ssh_key_id'))
        .orWhereIn('id', of('inventories', inventory).select('ssh_key_id'))
        .orWhereIn('id', of('inventories', inventory).select('become_key_id'))
        .orWhereIn('id', Object.values(vaultKeys)),
    )
    .whereNot({ type: 'none' })
    .whereNull('secret')
    .orderBy('id')
    .select('name')
})

export async function keyReferences(db: Knex, project: number, id: number): Promise<Reference[]> {
  const templates = await db('templates').where({ project_id: project }).orderBy(['name', 'id'])
  return [
    ...(await referring(db, 'repositories', ['ssh_key_id'], id)),
    ...(await referring(db, 'inventories', ['ssh_key_id', 'become_key_id'], id)),
    ...(await referring(db, 'integrations', ['auth_secret_id'], id)),
    ...templates
      .filter(({ vaults }) => JSON.parse(vaults).some(opensWith(id)))
      .map(({ id, name }) => ({ kind: 'templates' as const, id, name })),
  ]
}

function opensWith(key: number) {
  return (vault: { vault_key_id?: number | null }) => vault.vault_key_id === key
}

/** What the secret of a key is sealed for (cipher.ts). */
export function keyPurpose(project: number): string {
  return `access_key/${project}`
}
