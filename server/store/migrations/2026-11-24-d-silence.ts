/** Rule D7: what becomes of a task whose runner fell silent. Times are ms since the epoch. */
import type { Knex } from 'knex'

export const name = '2026-11-24-d-silence'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('templates', (t) => {
    /** fail | wait | requeue */
    t.string('silence_policy', 16).notNullable().defaultTo('fail')
    /** Seconds of silence beyond the lease; null = the server's own setting. */
    t.integer('silence_grace_sec')
    /** May be run again though an earlier attempt may have run: what requeue asks for. */
    t.boolean('idempotent').notNullable().defaultTo(false)
    t.integer('max_requeues').notNullable().defaultTo(1)
  })
  await db.schema.alterTable('tasks', (t) => {
    t.integer('requeues').notNullable().defaultTo(0)
    t.bigInteger('unreachable_since')
  })
}
