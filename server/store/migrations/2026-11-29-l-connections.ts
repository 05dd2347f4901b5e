/** When each runner came and went, and how much it has sent today. */
import type { Knex } from 'knex'

export const name = '2026-11-29-l-connections'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('runner_connections', (t) => {
    t.increments('id')
    t.integer('runner_id').notNullable().index().references('runners.id').onDelete('CASCADE')
    t.bigInteger('start').notNullable()
    /** null = it is still there */
    t.bigInteger('end').index()
    /** `lost`, `replaced` or `server`; null = it has no end */
    t.string('cause', 16)
  })
  await db.schema.createTable('runner_traffic', (t) => {
    t.integer('runner_id').primary().references('runners.id').onDelete('CASCADE')
    /** Days since the epoch, in UTC. */
    t.integer('day').notNullable()
    /** Of the messages that it sent on that day. */
    t.bigInteger('bytes').notNullable()
  })
}
