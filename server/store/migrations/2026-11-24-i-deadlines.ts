/** How long a task of a template may run. */
import type { Knex } from 'knex'

export const name = '2026-11-24-i-deadlines'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('templates', (t) => {
    /** 0 = for ever; null = the server's own setting. */
    t.integer('max_task_duration_sec')
  })
}
