/** Builds and what deploys them. */
import type { Knex } from 'knex'

export const name = '2026-11-29-d3-builds'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('templates', (t) => {
    /** Whose builds a deploy template deploys. */
    t.integer('build_template_id').index()
    /** It starts by itself after a successful build. */
    t.boolean('autorun').notNullable().defaultTo(false)
  })
  await db.schema.alterTable('tasks', (t) => {
    /** The build that it deploys, which may be gone. */
    t.integer('build_task_id')
  })
}
