/** Every sealed text of the database: all are opened by `vault check`, and sealed anew by `vault rekey`. */
import type { Knex } from 'knex'
import { AppError } from '../../lib/errors.ts'
import { type Cipher, runnerTokenPurpose } from './cipher.ts'
import type { Tx } from './commit.ts'
import { environmentPurpose } from './environments.ts'
import { keyPurpose } from './keys.ts'
import { taskPurpose } from './tasks.ts'
import { webhookPurpose } from './webhooks.ts'

interface Place {
  table: string
  column: string
  /** The column whose number the text is bound to. */
  owner: string
  purpose(owner: number): string
}

const places: readonly Place[] = [
  { table: 'access_keys', column: 'secret', owner: 'project_id', purpose: keyPurpose },
  {
    table: 'environment_secrets',
    column: 'secret',
    owner: 'environment_id',
    purpose: environmentPurpose,
  },
  { table: 'tasks', column: 'secret', owner: 'template_id', purpose: taskPurpose },
  { table: 'webhooks', column: 'secret', owner: 'project_id', purpose: webhookPurpose },
  { table: 'runners', column: 'token_sealed', owner: 'id', purpose: runnerTokenPurpose },
]

/** A sealed text and where it lies. */
interface SealedText {
  place: Place
  id: number
  purpose: string
  sealed: string
}

/** @returns how many texts there are. @throws AppError `config` that names the first that does not open */
export async function checkSealed(db: Knex, cipher: Cipher): Promise<number> {
  const all = await sealedTexts(db)
  for (const text of all) open(text, [cipher])
  return all.length
}

/**
 * Seals all that `former` opens under `current`. What `current` opens already stays as it is, so that
 * this can be done again. @returns how many texts were sealed anew
 * @throws AppError `config` that names the first that neither opens; nothing is changed then
 */
export async function rekeySealed(tx: Tx, former: Cipher, current: Cipher): Promise<number> {
  let changed = 0
  for (const text of await sealedTexts(tx.db)) {
    const { place, id, purpose } = text
    const { cipher, clear } = open(text, [current, former])
    if (cipher === current) continue
    await tx.db(place.table).where({ id }).update(place.column, current.seal(purpose, clear))
    changed += 1
  }
  return changed
}

async function sealedTexts(db: Knex): Promise<SealedText[]> {
  const found: SealedText[] = []
  for (const place of places) {
    const { table, column, owner, purpose } = place
    const rows = await db(table)
      .whereNotNull(column)
      .orderBy('id')
      .select({ id: 'id', owner, sealed: column })
    for (const { id, owner: of, sealed } of rows) {
      found.push({ place, id, purpose: purpose(of), sealed })
    }
  }
  return found
}

/** With the first of the ciphers that opens it. */
function open({ place, id, purpose, sealed }: SealedText, ciphers: readonly Cipher[]) {
  let cause: unknown
  for (const cipher of ciphers) {
    try {
      return { cipher, clear: cipher.open(purpose, sealed) }
    } catch (error) {
      cause = error
    }
  }
  throw new AppError(
    'config',
    `access_key_encryption: expected a key that opens ${place.table} ${id} (${purpose}), got ${ciphers.length > 1 ? 'two that do not' : 'another one'}`,
    { fix: 'give the key that sealed it: outstation vault rekey --old-key-file FILE', cause },
  )
}
