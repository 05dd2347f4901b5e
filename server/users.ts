/** `outstation user ..`: people, straight in the database, whether or not a server has it open. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '../lib/errors.ts'
import type { ServerConfig } from './config.ts'
import { openSqlite, type Store } from './store/open.ts'
import { hashPassword } from './store/passwords.ts'
import { deleteSessionsOf, insertToken } from './store/tokens.ts'
import {
  deleteUser,
  findUserByAuth,
  insertUser,
  listUsers,
  type UserRow,
  updateUser,
} from './store/users.ts'

export interface NewUser {
  login: string
  name: string
  email: string
  password: string
  admin: boolean
}

/** @returns the new user's id. @throws AppError `conflict` if login or email is taken */
export async function addUser(config: ServerConfig, user: NewUser): Promise<number> {
  const password = await hashPassword(user.password)
  return await withStore(config, (store) =>
    store.commit((tx) => insertUser(tx, { ...user, password, created: Date.now() })),
  )
}

export async function allUsers(config: ServerConfig): Promise<Omit<UserRow, 'password'>[]> {
  const rows = await withStore(config, (store) => listUsers(store.read))
  return rows.map(({ password, ...rest }) => rest)
}

/** By whichever of the two is known. */
export type Who = { login: string } | { email: string }

/** @throws AppError `not_found` */
export async function findUser(config: ServerConfig, who: Who): Promise<Omit<UserRow, 'password'>> {
  const { password, ...rest } = await withStore(config, (store) => existing(store, who))
  return rest
}

/** @throws AppError `conflict` if no admin would be left */
export async function removeUser(config: ServerConfig, who: Who): Promise<void> {
  await withStore(config, async (store) => {
    const { id } = await existing(store, who)
    await store.commit((tx) => deleteUser(tx, id))
  })
}

/** A new password ends the sessions of the old one. */
export async function changeUser(
  config: ServerConfig,
  who: Who,
  changes: Partial<NewUser>,
): Promise<void> {
  const { password, ...rest } = changes
  const hash = password === undefined ? undefined : await hashPassword(password)
  await withStore(config, async (store) => {
    const { id } = await existing(store, who)
    await store.commit(async (tx) => {
      await updateUser(tx, id, { ...rest, ...(hash === undefined ? {} : { password: hash }) })
      if (hash !== undefined) await deleteSessionsOf(tx, id)
    })
  })
}

/** A new API token of a user; it is shown once and stored as a hash. */
export async function newToken(config: ServerConfig, who: Who): Promise<string> {
  return await withStore(config, async (store) => {
    const { id } = await existing(store, who)
    const token = { kind: 'api', user_id: id, created: Date.now(), expires: null } as const
    return await store.commit((tx) => insertToken(tx, token))
  })
}

async function existing(store: Store, who: Who): Promise<UserRow> {
  const [[field, value]] = Object.entries(who) as [['login' | 'email', string]]
  const user = await findUserByAuth(store.read, value)
  if (user?.[field] === value) return user
  throw new AppError('not_found', `user ${value}: not found`, {
    fix: '`outstation user list` shows who there is',
  })
}

async function withStore<T>(config: ServerConfig, work: (store: Store) => Promise<T>): Promise<T> {
  mkdirSync(dirname(config.sqlite.host), { recursive: true, mode: 0o700 })
  const store = await openSqlite(config.sqlite.host)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
