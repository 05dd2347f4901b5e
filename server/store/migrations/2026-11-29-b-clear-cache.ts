/** A wish that a runner clears its cache, until it has. */
import type { Knex } from 'knex'

export const name = '2026-11-29-b-clear-cache'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('runners', (t) => {
    /** When it was asked for, ms since the epoch; null = it is not, or no more. */
    t.bigInteger('cleaning_requested')
    /** Only what it keeps of this project; null = all. */
    t.integer('cleaning_project')
  })
}
