/** What Semaphore's clients write of users and tokens, and expect to read again. */
import type { Knex } from 'knex'

export const name = '2026-11-29-c-people'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('users', (t) => {
    t.boolean('alert').notNullable().defaultTo(false)
  })
  await db.schema.alterTable('tokens', (t) => {
    t.string('name', 255).notNullable().defaultTo('')
  })
}
