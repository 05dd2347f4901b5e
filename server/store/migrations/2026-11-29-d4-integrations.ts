/** Integrations: requests of other services that start tasks. */
import type { Knex } from 'knex'

export const name = '2026-11-29-d4-integrations'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('integrations', (t) => {
    t.increments('id')
    t.integer('project_id').notNullable().index().references('projects.id').onDelete('CASCADE')
    t.integer('template_id').notNullable().index().references('templates.id').onDelete('CASCADE')
    t.string('name', 255).notNullable()
    t.string('auth_method', 16).notNullable()
    t.integer('auth_secret_id').references('access_keys.id')
    t.string('auth_header', 255).notNullable()
    /** The aliases of the project lead to it as well. */
    t.boolean('searchable').notNullable()
    /** JSON object: what its tasks ask for beside the template. */
    t.text('task_params').notNullable()
  })
  const partOf = (t: Knex.CreateTableBuilder) => {
    t.increments('id')
    t.integer('integration_id')
      .notNullable()
      .index()
      .references('integrations.id')
      .onDelete('CASCADE')
    t.string('name', 255).notNullable()
    t.string('body_data_type', 16).notNullable()
    t.string('key', 255).notNullable()
  }
  await db.schema.createTable('integration_matchers', (t) => {
    partOf(t)
    t.string('match_type', 16).notNullable()
    t.string('method', 16).notNullable()
    t.text('value').notNullable()
  })
  await db.schema.createTable('integration_values', (t) => {
    partOf(t)
    t.string('value_source', 16).notNullable()
    t.string('variable', 255).notNullable()
    t.string('variable_type', 16).notNullable()
  })
  await db.schema.createTable('integration_aliases', (t) => {
    t.increments('id')
    t.integer('project_id').notNullable().index().references('projects.id').onDelete('CASCADE')
    /** null = of the project: it leads to all that are searchable. */
    t.integer('integration_id').references('integrations.id').onDelete('CASCADE')
    t.string('alias', 64).notNullable().unique()
  })
  await db.schema.alterTable('tasks', (t) => {
    /** By which integration it was started, which may be gone. */
    t.integer('integration_id')
  })
}
