/** Tasks of a project by when they ended: what is counted of the last days is found without the rest. */
import type { Knex } from 'knex'

export const name = '2026-11-29-g-ended-tasks'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('tasks', (t) => {
    t.index(['project_id', 'end'])
  })
}
