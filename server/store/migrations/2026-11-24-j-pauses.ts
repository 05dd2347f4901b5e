/** Why a runner takes nothing, in its own words. */
import type { Knex } from 'knex'

export const name = '2026-11-24-j-pauses'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('runners', (t) => {
    /** One line for a person; null = it said none, or takes tasks. */
    t.text('pause_reason')
  })
}
