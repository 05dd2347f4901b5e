/** What is odd with runners (alarms.ts). Times are ms since the epoch. */
import type { Knex } from 'knex'

export const name = '2026-11-24-e-alarms'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('runner_alarms', (t) => {
    t.integer('runner_id').notNullable().references('runners.id').onDelete('CASCADE')
    t.string('kind', 16).notNullable()
    /** One line for a person: what was seen, and what to do. */
    t.text('text').notNullable()
    t.bigInteger('first_at').notNullable()
    t.bigInteger('last_at').notNullable()
    /** How often it was seen since first_at. */
    t.integer('times').notNullable()
    /** null = it is up. */
    t.bigInteger('cleared_at')
    t.primary(['runner_id', 'kind'])
  })
}
