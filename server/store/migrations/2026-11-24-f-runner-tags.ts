/** Which runner may take which task. A runner that is there already takes what asks for no tag, as before. */
import type { Knex } from 'knex'

export const name = '2026-11-24-f-runner-tags'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('runners', (t) => {
    /** JSON array of texts. */
    t.text('tags').notNullable().defaultTo('[]')
    /** Takes tasks that ask for no tag. */
    t.boolean('is_default').notNullable().defaultTo(true)
  })
  for (const table of ['templates', 'inventories']) {
    await db.schema.alterTable(table, (t) => {
      /** Only runners that have it; null = no tag asked for. */
      t.string('runner_tag', 255)
    })
  }
}
