/** People who may log in. */
import type { Knex } from 'knex'
import { AppError } from '../../lib/errors.ts'
import type { Tx } from './commit.ts'

export interface UserRow {
  id: number
  /** Semaphore's API calls it `username`. */
  login: string
  name: string
  email: string
  /** See passwords.ts. */
  password: string
  admin: boolean
  /** Kept for Semaphore's clients; nothing is sent. */
  alert: boolean
  created: number
}

export type NewUser = Omit<UserRow, 'id' | 'alert'> & Partial<Pick<UserRow, 'alert'>>

export async function listUsers(db: Knex): Promise<UserRow[]> {
  return (await db('users').orderBy('id')).map(userOf)
}

export async function findUser(db: Knex, id: number): Promise<UserRow | undefined> {
  const row = await db('users').where({ id }).first()
  return row && userOf(row)
}

/** @param auth a login or an email address; a login wins. */
export async function findUserByAuth(db: Knex, auth: string): Promise<UserRow | undefined> {
  const rows: UserRow[] = await db('users').where({ login: auth }).orWhere({ email: auth })
  const row = rows.find((one) => one.login === auth) ?? rows[0]
  return row && userOf(row)
}

export async function userNames(db: Knex, ids: readonly number[]): Promise<Map<number, string>> {
  const rows = await db('users')
    .whereIn('id', [...new Set(ids)])
    .select('id', 'name')
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/** @throws AppError `conflict` if the login or the email is taken. */
export async function insertUser(tx: Tx, user: NewUser): Promise<number> {
  await expectFree(tx.db, user)
  const [inserted] = await tx.db('users').insert(user, ['id'])
  return inserted.id
}

/** @throws AppError `conflict` if the login or the email is taken, or no admin would be left. */
export async function updateUser(
  tx: Tx,
  id: number,
  user: Partial<Omit<UserRow, 'id' | 'created'>>,
): Promise<void> {
  await expectFree(tx.db, user, id)
  if (user.admin === false) await expectOtherAdmin(tx.db, id)
  await tx.db('users').where({ id }).update(user)
  if (user.admin === false) tx.emit({ kind: 'access' })
}

/** Sessions and tokens go along. @throws AppError `conflict` if no admin would be left. */
export async function deleteUser(tx: Tx, id: number): Promise<void> {
  await expectOtherAdmin(tx.db, id)
  await tx.db('users').where({ id }).delete()
  tx.emit({ kind: 'access' })
}

async function expectFree(db: Knex, user: Partial<UserRow>, self = 0): Promise<void> {
  for (const field of ['login', 'email'] as const) {
    const value = user[field]
    if (value === undefined) continue
    const taken = await db('users').where(field, value).whereNot({ id: self }).first()
    if (taken) throw new AppError('conflict', `${field}: ${value} is taken by another user`)
  }
}

async function expectOtherAdmin(db: Knex, id: number): Promise<void> {
  const other = await db('users').where({ admin: true }).whereNot({ id }).first()
  if (other) return
  throw new AppError('conflict', 'this is the last admin', { fix: 'make another user admin first' })
}

/** SQLite answers booleans as 0 and 1. */
export function userOf(row: UserRow): UserRow {
  return { ...row, admin: Boolean(row.admin), alert: Boolean(row.alert) }
}
