/** Schedules that start a task only for a new commit. */
import type { Knex } from 'knex'

export const name = '2026-11-29-n-schedule-repositories'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('schedules', (t) => {
    /** Whose commits; null = each time. */
    t.integer('repository_id').index()
    /** For which its last task was started; null = for none yet. */
    t.string('last_commit_hash', 64)
  })
}
