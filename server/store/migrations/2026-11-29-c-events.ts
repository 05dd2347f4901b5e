/** Who did what, and who answered what a task waited for. Kept apart from what it tells of, which may be gone. */
import type { Knex } from 'knex'

export const name = '2026-11-29-c-events'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('events', (t) => {
    t.increments('id')
    t.bigInteger('created').notNullable()
    /** null = it is of no project, and for admins only. */
    t.integer('project_id')
    t.integer('user_id')
    t.string('username', 255).notNullable().defaultTo('')
    t.string('object_type', 32).notNullable()
    t.integer('object_id')
    t.string('object_name', 255).notNullable().defaultTo('')
    t.text('description').notNullable()
    t.index(['project_id', 'id'])
  })
  await db.schema.alterTable('tasks', (t) => {
    /** Who confirmed or rejected it; null = nobody, or a user who is gone. */
    t.integer('answered_by')
  })
}
