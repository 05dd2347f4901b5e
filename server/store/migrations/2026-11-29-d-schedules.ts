/** Schedules: when templates run by themselves. Times are ms since the epoch. */
import type { Knex } from 'knex'

export const name = '2026-11-29-d-schedules'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('schedules', (t) => {
    t.increments('id')
    t.integer('project_id').notNullable().index().references('projects.id').onDelete('CASCADE')
    t.integer('template_id').notNullable().index().references('templates.id').onDelete('CASCADE')
    t.string('name', 255).notNullable()
    /** '' = by cron_format, run_at = once */
    t.string('type', 16).notNullable()
    t.string('cron_format', 255).notNullable()
    /** null = the server's. */
    t.string('timezone', 64)
    t.bigInteger('run_at')
    t.boolean('delete_after_run').notNullable()
    /** A time that came while the server was away is made up for. */
    t.boolean('run_missed').notNullable()
    t.boolean('active').notNullable()
    /** JSON object: what its tasks ask for beside the template. */
    t.text('task_params').notNullable()
    /** null = it does not. */
    t.bigInteger('next_run').index()
    /** The zone in which next_run was found. */
    t.string('zone', 64).notNullable()
    t.bigInteger('last_run')
    /** Why the last time that came brought no task; null = it did. */
    t.text('trouble')
  })
  await db.schema.alterTable('tasks', (t) => {
    /** By which schedule it was started, which may be gone. */
    t.integer('schedule_id')
    t.index(['schedule_id', 'status'])
  })
}
