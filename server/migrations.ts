/** `outstation migrate`: the schema of a database, without a server. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { lockFile } from '../lib/lock.ts'
import { CleanupStack } from '../lib/stack.ts'
import type { ServerConfig } from './config.ts'
import { openSqlite, pendingMigrations } from './store/open.ts'

/** What a start of this program would do to the database, in order; it is only read. */
export async function pendingIn({ sqlite }: ServerConfig): Promise<string[]> {
  return await pendingMigrations(sqlite.host)
}

/**
 * Does that now. @returns what was done
 * @throws AppError `locked` while a server has the database, `config` if a newer program has changed it
 */
export async function migrateNow(config: ServerConfig): Promise<string[]> {
  await using stack = new CleanupStack()
  mkdirSync(dirname(config.sqlite.host), { recursive: true, mode: 0o700 })
  for (const path of [join(config.data_dir, 'server'), config.sqlite.host]) {
    if (existsSync(dirname(path))) stack.use(await lockFile(`${path}.lock`, 'an outstation server'))
  }
  const pending = await pendingIn(config)
  stack.use(await openSqlite(config.sqlite.host))
  return pending
}
