/** Since when a delivery waits: a wait that began in the future tells of a wall clock that was set back. */
import type { Knex } from 'knex'

export const name = '2026-11-29-i-delivery-waits'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('deliveries', (t) => {
    /** When `next_try` was decided, ms since the epoch. */
    t.bigInteger('waits_since')
    t.index(['state', 'waits_since'])
  })
  await db('deliveries').update({ waits_since: db.ref('created') })
}
