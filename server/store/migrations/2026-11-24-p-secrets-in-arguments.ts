/** Templates that want their secret variables on the command line, as Semaphore has them. */
import type { Knex } from 'knex'

export const name = '2026-11-24-p-secrets-in-arguments'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('templates', (t) => {
    t.boolean('secrets_in_arguments').notNullable().defaultTo(false)
  })
}
