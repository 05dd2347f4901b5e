/** Who works in a project, and as what. */
import type { Knex } from 'knex'
import { AppError } from '../../lib/errors.ts'
import type { Tx } from './commit.ts'

/** Semaphore's roles, from all rights to none but looking. */
export const projectRoles = ['owner', 'manager', 'task_runner', 'guest'] as const
export type ProjectRole = (typeof projectRoles)[number]

export interface ProjectUserRow {
  id: number
  login: string
  name: string
  email: string
  role: ProjectRole
}

export async function findRole(
  db: Knex,
  project: number,
  user: number,
): Promise<ProjectRole | undefined> {
  const row = await db('project_users').where({ project_id: project, user_id: user }).first()
  return row?.role
}

/** @param by column of the answer that it is sorted by */
export async function listProjectUsers(
  db: Knex,
  project: number,
  { by, descending }: { by: keyof ProjectUserRow; descending: boolean },
): Promise<ProjectUserRow[]> {
  return await db('project_users')
    .join('users', 'users.id', 'project_users.user_id')
    .where({ project_id: project })
    .orderBy([{ column: by, order: descending ? 'desc' : 'asc' }, { column: 'users.id' }])
    .select('users.id', 'users.login', 'users.name', 'users.email', 'project_users.role')
}

/** Adds the user to the project, or changes the role. @throws AppError `conflict` if no owner is left */
export async function putProjectUser(
  tx: Tx,
  project: number,
  user: number,
  role: ProjectRole,
): Promise<void> {
  if (role !== 'owner') await expectOtherOwner(tx.db, project, user)
  await tx
    .db('project_users')
    .insert({ project_id: project, user_id: user, role })
    .onConflict(['project_id', 'user_id'])
    .merge()
  tx.emit({ kind: 'access' })
}

/** @throws AppError `conflict` if no owner is left */
export async function deleteProjectUser(tx: Tx, project: number, user: number): Promise<void> {
  await expectOtherOwner(tx.db, project, user)
  await tx.db('project_users').where({ project_id: project, user_id: user }).delete()
  tx.emit({ kind: 'access' })
}

/** Of a project that has no owner at all nothing more is lost. */
async function expectOtherOwner(db: Knex, project: number, user: number): Promise<void> {
  const owners = db('project_users').where({ project_id: project, role: 'owner' }).pluck('user_id')
  const [only, ...others] = await owners
  if (only !== user || others.length > 0) return
  throw new AppError('conflict', 'this is the last owner of the project', {
    fix: 'make another member owner first',
  })
}
