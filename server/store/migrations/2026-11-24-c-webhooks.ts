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
    t.string('message_id', 64).notNullable().unique()
    /** Names event and receiver, e.g. "task.finished 7 webhook 2": enqueued twice, it is one row. */
    t.string('once', 128).notNullable().unique()
    /** "webhook 2" or "runner 4": what one slow receiver holds up is its own lane. */
    t.string('lane', 64).notNullable()
    t.integer('webhook_id').references('webhooks.id').onDelete('CASCADE')
    /** Set instead of webhook_id: Semaphore's per-runner webhook, sent to `url` unsigned. */
    t.integer('runner_id')
    /** A copy, as a one_off runner is often gone before its finish is delivered. */
    t.text('url')
    t.integer('project_id').notNullable().index().references('projects.id').onDelete('CASCADE')
    t.string('event', 64).notNullable()
    t.integer('task_id')
    /** The exact bytes to sign and send. */
    t.text('body').notNullable()
    /** pending | delivered | failed */
    t.string('state', 16).notNullable()
    /** How often it was taken up for sending; fences a sender that settles too late. */
    t.integer('tries').notNullable().defaultTo(0)
    /** When it is due; while it is being sent, when the sender's lease on it ends. */
    t.bigInteger('next_try')
    t.integer('last_status')
    t.text('last_error')
    /** The beginning of the last answer's body. */
    t.text('last_answer')
    t.bigInteger('created').notNullable()
    t.bigInteger('finished')
    t.index(['state', 'next_try'])
    t.index(['webhook_id', 'id'])
    t.index(['runner_id', 'id'])
  })
}
