/** Webhooks and their outbox. Times are ms since the epoch. */
import type { Knex } from 'knex'

export const name = '2026-11-24-c-webhooks'

export async function up(db: Knex): Promise<void> {
  await webhooks(db)
}

async function webhooks(db: Knex): Promise<void> {
  await db.schema.createTable('webhooks', (t) => {
    t.increments('id')
    t.integer('project_id').notNullable().index().references('projects.id').onDelete('CASCADE')
    t.string('name', 255).notNullable()
    t.text('url').notNullable()
    /** JSON array of event types, e.g. ["task.finished"]. */
    t.text('events').notNullable()
    /** whsec_.., encrypted. */
    t.text('secret').notNullable()
    t.boolean('active').notNullable().defaultTo(true)
    /** Why the server switched it off (410 Gone, schedule exhausted), for a person. */
    t.text('disabled_reason')
    t.bigInteger('created').notNullable()
  })
  /** The outbox: written in the transaction that made the event true (D5). */
  await db.schema.createTable('deliveries', (t) => {
    t.increments('id')
    /** webhook-id header: constant over retries. */
    t.string('message_id', 64).notNullable()
    /** null = Semaphore's per-runner webhook, sent to `url` unsigned. */
    t.integer('webhook_id').references('webhooks.id').onDelete('CASCADE')
    t.integer('project_id').index().references('projects.id').onDelete('CASCADE')
    t.text('url')
    t.string('event', 64).notNullable()
    t.integer('task_id')
    /** The exact bytes to sign and send. */
    t.text('body').notNullable()
    /** pending | delivered | failed */
    t.string('state', 16).notNullable()
    t.integer('tries').notNullable().defaultTo(0)
    t.bigInteger('next_try')
    t.integer('last_status')
    t.text('last_error')
    t.bigInteger('created').notNullable()
    t.bigInteger('finished')
    t.index(['state', 'next_try'])
    t.index(['webhook_id', 'id'])
    t.unique(['message_id', 'webhook_id'])
  })
}
