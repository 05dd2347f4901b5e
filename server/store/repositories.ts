/** Git repositories that templates run from. */
import type { Knex } from 'knex'
import type { Repository } from '../../broker/job.ts'
import { AppError } from '../../lib/errors.ts'
import type { Cipher } from './cipher.ts'
import { kept } from './kept-text.ts'
import { type KeyColumns, unsealKey } from './keys.ts'
import { type OwnedRow, ownedTable } from './owned.ts'
import { type Reference, referring } from './references.ts'

export interface RepositoryRow extends OwnedRow {
  git_url: string
  git_branch: string
  ssh_key_id: number
}

export const repositories = ownedTable<RepositoryRow>('repositories')

const withKey = kept<{ id: number }, RepositoryRow & KeyColumns>((db, { id }) =>
  db('repositories as r')
    .leftJoin('access_keys as k', 'k.id', 'r.ssh_key_id')
    .where('r.id', id)
    .select('r.*', 'k.type', 'k.secret'),
)

/** The repository with its key, as a job carries it. @throws AppError `not_found` */
export async function openRepository(db: Knex, cipher: Cipher, id: number): Promise<Repository> {
  const [row] = await withKey(db, { id })
  if (row === undefined) throw new AppError('not_found', `repository ${id}: not found`)
  const { name, git_url, git_branch } = row
  return { id, name, git_url, git_branch, key: unsealKey(cipher, row) }
}

export async function repositoryReferences(db: Knex, id: number): Promise<Reference[]> {
  return [
    ...(await referring(db, 'templates', ['repository_id'], id)),
    ...(await referring(db, 'inventories', ['repository_id'], id)),
    ...(await referring(db, 'schedules', ['repository_id'], id)),
  ]
}
