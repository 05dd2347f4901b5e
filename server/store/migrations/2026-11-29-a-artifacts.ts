/** Files that tasks bring back: what templates ask for, the files, and their bytes. */
import type { Knex } from 'knex'

export const name = '2026-11-29-a-artifacts'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('templates', (t) => {
    /** JSON array of patterns. */
    t.text('artifacts').notNullable().defaultTo('[]')
  })
  await db.schema.createTable('artifacts', (t) => {
    t.integer('task_id').notNullable().references('tasks.id').onDelete('CASCADE')
    t.integer('attempt').notNullable()
    /** Of the chunk that says it: its bytes are in those since the artifact before it. */
    t.integer('seq').notNullable()
    t.text('name').notNullable()
    t.bigInteger('bytes').notNullable()
    t.string('sha256', 64)
    /** Why its bytes are not to be had; null = they are. */
    t.text('problem')
    t.primary(['task_id', 'attempt', 'seq'])
  })
  // Chunks in all but their place: whoever reads a log does not come across gigabytes of files.
  await db.schema.createTable('file_chunks', (t) => {
    t.integer('task_id').notNullable().references('tasks.id').onDelete('CASCADE')
    t.integer('attempt').notNullable()
    t.integer('seq').notNullable()
    t.bigInteger('at').notNullable()
    t.integer('bytes').notNullable()
    t.string('encoding', 16).notNullable()
    t.binary('body').notNullable()
    t.primary(['task_id', 'attempt', 'seq'])
  })
}
