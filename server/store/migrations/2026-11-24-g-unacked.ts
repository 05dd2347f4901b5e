/** What a runner said last of logs that the server does not have yet. */
import type { Knex } from 'knex'

export const name = '2026-11-24-g-unacked'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('runners', (t) => {
    /** JSON array of {task, attempt, bytes}. */
    t.text('unacked').notNullable().defaultTo('[]')
  })
}
