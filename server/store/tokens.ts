/** Browser sessions and API tokens. A token is 256 random bits; only its SHA-256 is stored. */
import type { Knex } from 'knex'
import { secretToken, sha256hex } from '../../lib/ids.ts'
import type { Tx } from './commit.ts'
import { kept } from './kept-text.ts'
import { type UserRow, userOf } from './users.ts'

export type TokenKind = 'session' | 'api'

export interface TokenRow {
  hash: string
  /** First characters of the token: names it in lists, opens nothing. */
  prefix: string
  kind: TokenKind
  /** What its user calls it; may be empty. */
  name: string
  user_id: number
  created: number
  /** null = never */
  expires: number | null
}

const prefixLength = 12

export type NewToken = Pick<TokenRow, 'kind' | 'user_id' | 'created' | 'expires'> &
  Partial<Pick<TokenRow, 'name'>>

/** @returns the token itself, which is known nowhere else after this. */
export async function insertToken(tx: Tx, token: NewToken): Promise<string> {
  const secret = secretToken(token.kind === 'api' ? 'ost_' : 'oss_')
  await tx.db('tokens').insert({ ...row(secret), ...token })
  return secret
}

const liveUsers = kept(
  (db, { hash, kind, now }: Pick<TokenRow, 'hash' | 'kind'> & { now: number }) =>
    db('tokens')
      .join('users', 'users.id', 'tokens.user_id')
      .where({ 'tokens.hash': hash, 'tokens.kind': kind })
      .andWhere((live) => live.whereNull('tokens.expires').orWhere('tokens.expires', '>', now))
      .select('users.*'),
)

/** The user whom `token` of `kind` stands for, if it exists and has not expired. */
export async function findTokenUser(
  db: Knex,
  token: string,
  kind: TokenKind,
  now: number,
): Promise<UserRow | undefined> {
  const [user] = await liveUsers(db, { hash: sha256hex(token), kind, now })
  return user && userOf(user)
}

export async function listApiTokens(db: Knex, user: number): Promise<TokenRow[]> {
  return await db('tokens').where({ user_id: user, kind: 'api' }).orderBy('created')
}

/** @param id the token itself or its prefix. @returns how many were deleted */
export async function deleteApiToken(tx: Tx, user: number, id: string): Promise<number> {
  const which = id.length > prefixLength ? { hash: sha256hex(id) } : { prefix: id }
  tx.emit({ kind: 'access' })
  return await tx
    .db('tokens')
    .where({ user_id: user, kind: 'api', ...which })
    .delete()
}

export async function deleteSession(tx: Tx, token: string): Promise<void> {
  await tx
    .db('tokens')
    .where({ hash: sha256hex(token), kind: 'session' })
    .delete()
  tx.emit({ kind: 'access' })
}

/** After a new password nobody stays logged in by the old one. API tokens stay. */
export async function deleteSessionsOf(tx: Tx, user: number): Promise<void> {
  await tx.db('tokens').where({ user_id: user, kind: 'session' }).delete()
  tx.emit({ kind: 'access' })
}

export async function deleteExpiredTokens(tx: Tx, now: number): Promise<void> {
  await tx.db('tokens').where('expires', '<=', now).delete()
}

/** What is shown of `token` in lists. */
export function tokenPrefix(token: string): string {
  return token.slice(0, prefixLength)
}

function row(secret: string): Pick<TokenRow, 'hash' | 'prefix'> {
  return { hash: sha256hex(secret), prefix: tokenPrefix(secret) }
}
