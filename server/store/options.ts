/** Settings that are made over the API, by name: of the server (user null) and of each user. */
import type { Knex } from 'knex'
import type { Tx } from './commit.ts'
import { kept } from './kept-text.ts'

export type Options = Record<string, string>

const ofServer = kept((db) => db('options').where({ user_id: null }).orderBy('key'))

/** @param start only those whose keys begin so */
export async function listOptions(
  db: Knex,
  user: number | null,
  start: string = '',
): Promise<Options> {
  const rows =
    user === null
      ? await ofServer(db, {})
      : await db('options').where({ user_id: user }).orderBy('key')
  const wanted = rows.filter(({ key }) => key.startsWith(start))
  return Object.fromEntries(wanted.map(({ key, value }) => [key, value]))
}

export async function putOption(
  { db }: Tx,
  user: number | null,
  key: string,
  value: string,
): Promise<void> {
  await db('options').where({ user_id: user, key }).delete()
  await db('options').insert({ user_id: user, key, value })
}

export async function deleteOptions(
  { db }: Tx,
  user: number | null,
  keys: readonly string[],
): Promise<void> {
  await db('options').where({ user_id: user }).whereIn('key', keys).delete()
}
