/** Settings that are made over the API: of the server, and of each user. */
import type { Knex } from 'knex'

export const name = '2026-11-29-h-options'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('options', (t) => {
    t.increments('id')
    /** null = of the server */
    t.integer('user_id').index().references('users.id').onDelete('CASCADE')
    t.string('key', 255).notNullable()
    t.text('value').notNullable()
    t.index(['key', 'user_id'])
  })
}
