/** Runners that are made before they are there, and what a runner tells of itself for people to read. */
import type { Knex } from 'knex'

export const name = '2026-11-29-c-runner-registration'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('runners', (t) => {
    /** SHA-256 of its one-time registration token, and until when that counts; null = it has none. */
    t.string('registration_hash', 64)
    t.bigInteger('registration_until')
    t.string('os', 255)
    /** Wall clock of the runner, when its process began. */
    t.bigInteger('started_at')
    t.integer('round_trip_ms')
  })
}
