/**
 * What a database that was put back from a backup is known by, and what then waits for a person. Times
 * are ms since the epoch.
 */
import { randomUUID } from 'node:crypto'
import type { Knex } from 'knex'

export const name = '2026-11-24-l-recovery'

export async function up(db: Knex): Promise<void> {
  /** One row: which database this is, and how many transactions it has seen. */
  await db.schema.createTable('position', (t) => {
    t.string('database', 36).notNullable()
    t.bigInteger('commits').notNullable()
  })
  await db('position').insert({ database: randomUUID(), commits: 0 })
  /** Each start of a server: between two of them, and at no other time, a database can be put back. */
  await db.schema.createTable('starts', (t) => {
    t.increments('id')
    t.bigInteger('at').notNullable()
    /** The highest task number that had been given out. */
    t.integer('last_task').notNullable()
    /** Lines: what proves that the database was an old one at this start; null = nothing does. */
    t.text('found')
    t.bigInteger('found_at')
  })
  await db.schema.createTable('reviewed_attempts', (t) => {
    t.integer('runner_id').notNullable().references('runners.id').onDelete('CASCADE')
    t.integer('task_id').notNullable()
    t.integer('attempt').notNullable()
    /** As the runner told it: accepted | started | ended */
    t.string('phase', 16).notNullable()
    /** Whether the task of that number is the one that the runner means. */
    t.boolean('same_task').notNullable()
    t.bigInteger('since').notNullable()
    /** The runner may drop it; the row stays until it has. */
    t.boolean('given_up').notNullable().defaultTo(false)
    t.primary(['runner_id', 'task_id', 'attempt'])
    t.index(['task_id'])
  })
  await db.schema.alterTable('tasks', (t) => {
    /** Why it waits for a person; null = it does not. */
    t.text('held')
  })
  await db.schema.alterTable('runners', (t) => {
    /** The start in which it was last greeted; 0 = never. */
    t.integer('start').notNullable().defaultTo(0)
  })
}
