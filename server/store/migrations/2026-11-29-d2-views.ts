/** Views: the tabs under which the templates of a project are shown. */
import type { Knex } from 'knex'

export const name = '2026-11-29-d2-views'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('views', (t) => {
    t.increments('id')
    t.integer('project_id').notNullable().index().references('projects.id').onDelete('CASCADE')
    /** The API's `title`. */
    t.string('name', 255).notNullable()
    t.integer('position').notNullable()
    t.boolean('hidden').notNullable()
    t.string('type', 16).notNullable()
    t.string('sort_column', 16)
    t.boolean('sort_reverse').notNullable()
  })
  await db.schema.alterTable('templates', (t) => {
    t.integer('view_id')
  })
}
