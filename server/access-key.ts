import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writePrivate } from '../lib/private-file.ts'
import type { ServerConfig } from './config.ts'

/**
 * The key under which secrets lie in the database: the configured one, else `data_dir`/access.key, made
 * at the first start with mode 0600. @returns base64 of 32 bytes.
 */
export function accessKey(
  config: Pick<ServerConfig, 'access_key_encryption' | 'data_dir'>,
): string {
  if (config.access_key_encryption !== undefined) return config.access_key_encryption
  const file = join(config.data_dir, 'access.key')
  if (!existsSync(file)) writePrivate(file, `${randomBytes(32).toString('base64')}\n`)
  return readFileSync(file, 'utf8').trim()
}
