/** Brings a database up to this program's schema; refuses one that a newer program has changed. */
import type { Knex } from 'knex'
import { AppError } from '../../lib/errors.ts'
import type { Migration } from './migrations/index.ts'

export async function migrate(db: Knex, known: readonly Migration[]): Promise<void> {
  if (!(await db.schema.hasTable('migrations'))) {
    await db.schema.createTable('migrations', (t) => {
      t.string('name', 128).primary()
      t.bigInteger('applied').notNullable()
    })
  }
  for (const migration of await pendingOf(db, known)) {
    await db.transaction(async (tx) => {
      await migration.up(tx)
      await tx('migrations').insert({ name: migration.name, applied: Date.now() })
    })
  }
}

/** What is still to be done. @throws AppError `config` if a newer program has changed the database */
export async function pendingOf(db: Knex, known: readonly Migration[]): Promise<Migration[]> {
  const began = await db.schema.hasTable('migrations')
  const applied = new Set<string>(began ? await db('migrations').pluck('name') : [])
  const foreign = [...applied].filter((name) => !known.some((one) => one.name === name))
  if (foreign.length > 0) {
    throw new AppError(
      'config',
      `database: expected only migrations up to ${known.at(-1)?.name ?? 'none'}, got ${foreign.join(', ')}`,
      { fix: 'it was used by a newer outstation; install that version or restore a backup' },
    )
  }
  return known.filter(({ name }) => !applied.has(name))
}
