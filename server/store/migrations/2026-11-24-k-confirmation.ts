/** Tasks that go on only by a person's word. */
import type { Knex } from 'knex'

export const name = '2026-11-24-k-confirmation'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('attempts', (t) => {
    /** '' | open | confirmed | rejected | resumed (broker/states.ts) */
    t.string('confirmation', 16).notNullable().defaultTo('')
  })
}
