/** `outstation user ..`: people, straight in the database, whether or not a server has it open. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '../lib/errors.ts'
import type { ServerConfig } from './config.ts'
import type { Tx } from './store/commit.ts'
import { insertEvent } from './store/events.ts'
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
    store.commit(async (tx) => {
      const id = await insertUser(tx, { ...user, password, created: Date.now() })
      await tell(tx, { id, name: user.name }, user.admin ? 'created, as admin' : 'created')
      return id
    }),
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
    const user = await existing(store, who)
    await store.commit(async (tx) => {
      await deleteUser(tx, user.id)
      await tell(tx, user, 'deleted')
    })
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
    const user = await existing(store, who)
    const { id } = user
    await store.commit(async (tx) => {
      await updateUser(tx, id, { ...rest, ...(hash === undefined ? {} : { password: hash }) })
      if (hash !== undefined) await deleteSessionsOf(tx, id)
      await tell(tx, user, `changed: ${Object.keys(changes).join(', ')}`)
    })
  })
}

/** A new API token of a user; it is shown once and stored as a hash. */
export async function newToken(config: ServerConfig, who: Who): Promise<string> {
  return await withStore(config, async (store) => {
    const user = await existing(store, who)
    const token = { kind: 'api', user_id: user.id, created: Date.now(), expires: null } as const
    return await store.commit(async (tx) => {
      await tell(tx, user, 'given an API token')
      return await insertToken(tx, token)
    })
  })
}

/** Who runs the command is whoever has the machine: no user of the server. */
async function tell(tx: Tx, { id, name }: Pick<UserRow, 'id' | 'name'>, done: string) {
  await insertEvent(tx, {
    created: Date.now(),
    project_id: null,
    user_id: null,
    username: '',
    object_type: 'user',
    object_id: id,
    object_name: name,
    description: `user ${name} ${done}, on the server's machine`,
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
