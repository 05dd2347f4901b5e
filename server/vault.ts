/** `outstation vault ..`: the secrets in the database and the key that they lie under. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AppError } from '../lib/errors.ts'
import { lockFile } from '../lib/lock.ts'
import { CleanupStack } from '../lib/stack.ts'
import { accessKey } from './access-key.ts'
import type { ServerConfig } from './config.ts'
import { createCipher } from './store/cipher.ts'
import { openSqlite, type Store } from './store/open.ts'
import { checkSealed, rekeySealed } from './store/sealed.ts'

/** Opens every secret with the configured key. @returns how many. @throws AppError `config` */
export async function checkVault(config: ServerConfig): Promise<number> {
  await using stack = new CleanupStack()
  const store = await openExisting(config, stack)
  return await checkSealed(store.read, createCipher(accessKey(config)))
}

/**
 * Seals every secret that lies under `formerKey` anew, under the key that is configured (or under
 * `data_dir`/access.key, which is made if it is not there). One transaction: after a crash all are
 * under the former key or all under the new one, and to do it again does no harm.
 * @returns how many were sealed anew
 * @throws AppError `locked` while a server has the database, `config` if a secret does not open
 */
export async function rekeyVault(config: ServerConfig, formerKey: string): Promise<number> {
  await using stack = new CleanupStack()
  const former = createCipher(formerKey)
  for (const path of [join(config.data_dir, 'server'), config.sqlite.host]) {
    if (existsSync(dirname(path))) stack.use(await lockFile(`${path}.lock`, 'an outstation server'))
  }
  const store = await openExisting(config, stack)
  const current = createCipher(accessKey(config))
  return await store.commit((tx) => rekeySealed(tx, former, current))
}

async function openExisting({ sqlite }: ServerConfig, stack: CleanupStack): Promise<Store> {
  if (existsSync(sqlite.host)) return stack.use(await openSqlite(sqlite.host))
  throw new AppError('not_found', `${sqlite.host}: no database there`, {
    fix: 'name the configuration of the server: --config FILE',
  })
}
