/** Public keys of runners: jobs are sealed to them, results are signed by them. */
import type { Knex } from 'knex'

export const name = '2026-11-24-n-keys'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('runners', (t) => {
    /** JSON (core/sealing.ts); null = it never had any. */
    t.text('keys')
  })
}
