import type { Knex } from 'knex'
import type { Cipher } from './cipher.ts'
import { openKey } from './keys.ts'

/**
 * Opens one key that is in the database: with another `access_key_encryption` than the one that sealed it
 * no task could run, and that is better told at start than at each task.
 * @throws AppError `config`
 */
export async function checkCipher(db: Knex, cipher: Cipher): Promise<void> {
  const sealed = await db('access_keys').whereNotNull('secret').first('id')
  if (sealed !== undefined) await openKey(db, cipher, sealed.id)
}
