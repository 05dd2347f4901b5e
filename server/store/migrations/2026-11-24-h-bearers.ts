/** Which installation has a runner, and which other one said hello with its token. */
import type { Knex } from 'knex'

export const name = '2026-11-24-h-bearers'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('runners', (t) => {
    // With `boot`: the process that has it. What each means stands in server/core/holder.ts.
    t.string('installation', 64)
    t.string('place', 64)
    t.string('host', 255)
    t.string('address', 255)
    /** JSON: the same of the last other one, and whether it spoke last. */
    t.text('rival')
  })
}
