/** Semaphore's other switch of alerts, kept for its clients. */
import type { Knex } from 'knex'

export const name = '2026-11-29-h2-error-alerts'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('templates', (t) => {
    t.boolean('suppress_error_alerts').notNullable().defaultTo(false)
  })
}
