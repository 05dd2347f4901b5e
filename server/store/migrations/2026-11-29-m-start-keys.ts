/** Starts that a client may send again: by the key that it made up (header Idempotency-Key). */
import type { Knex } from 'knex'

export const name = '2026-11-29-m-start-keys'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('start_keys', (t) => {
    t.integer('project_id').notNullable().references('projects.id').onDelete('CASCADE')
    t.integer('user_id').notNullable().references('users.id').onDelete('CASCADE')
    /** SHA-256 of the key. */
    t.string('key', 64).notNullable()
    /** SHA-256 of the key and of what was asked for. */
    t.string('asked', 64).notNullable()
    /** What it has started, which may be gone. */
    t.integer('task_id').notNullable()
    t.bigInteger('created').notNullable().index()
    t.primary(['project_id', 'user_id', 'key'])
  })
}
