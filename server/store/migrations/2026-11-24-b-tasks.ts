/** Runners, tasks, their attempts and logs. Times are ms since the epoch. */
import type { Knex } from 'knex'

export const name = '2026-11-24-b-tasks'

export async function up(db: Knex): Promise<void> {
  await runners(db)
  await tasks(db)
}

async function runners(db: Knex): Promise<void> {
  await db.schema.createTable('runners', (t) => {
    t.increments('id')
    t.string('name', 255).notNullable().defaultTo('')
    /** null = serves every project. */
    t.integer('project_id').references('projects.id').onDelete('CASCADE')
    t.text('webhook').notNullable().defaultTo('')
    /** 0 = no limit. */
    t.integer('max_parallel_tasks').notNullable().defaultTo(0)
    t.boolean('active').notNullable().defaultTo(true)
    t.string('token_hash', 64).notNullable().index()
    /** The token encrypted, kept only for an external broker, which must be told the token itself. */
    t.text('token_sealed')
    t.bigInteger('created').notNullable()
    // The current session (D6); all null before the first hello.
    t.bigInteger('session').notNullable().defaultTo(0)
    t.string('nonce', 64)
    t.string('boot', 64)
    t.string('version', 64)
    t.boolean('online').notNullable().defaultTo(false)
    t.boolean('accepting').notNullable().defaultTo(true)
    /** The runner's own limit from its hello; 0 = none. */
    t.integer('own_limit').notNullable().defaultTo(0)
    /** Wall clock of the last message, for display only. */
    t.bigInteger('touched')
  })
}

async function tasks(db: Knex): Promise<void> {
  await db.schema.createTable('tasks', (t) => {
    t.increments('id')
    t.integer('project_id').notNullable().references('projects.id').onDelete('CASCADE')
    t.integer('template_id').notNullable().references('templates.id').onDelete('CASCADE')
    t.integer('user_id').references('users.id').onDelete('SET NULL')
    t.string('status', 32).notNullable()
    /** The current attempt, the fencing token; 0 = never offered. */
    t.integer('attempt').notNullable().defaultTo(0)
    t.integer('runner_id').references('runners.id').onDelete('SET NULL')
    /** D8, a durable wish: '' | term | kill */
    t.string('cancel', 8).notNullable().defaultTo('')
    // What the request asked for; JSON where its name is in the API's plural or an object.
    t.text('message').notNullable().defaultTo('')
    t.text('playbook').notNullable().defaultTo('')
    t.text('environment').notNullable().defaultTo('')
    t.text('arguments').notNullable().defaultTo('[]')
    t.string('git_branch', 255).notNullable().defaultTo('')
    t.integer('inventory_id')
    /** {limit, tags, skip_tags, debug, debug_level, dry_run, diff} */
    t.text('params').notNullable().defaultTo('{}')
    /** Survey secrets of this task as JSON, encrypted; emptied when the task is final. */
    t.text('secret')
    t.string('version', 255).notNullable().defaultTo('')
    t.string('incoming_version', 255).notNullable().defaultTo('')
    // How it ended.
    t.string('commit_hash', 64)
    t.text('commit_message')
    t.integer('exit_code')
    /** One line for a person: why it failed or was stopped. */
    t.text('reason')
    t.bigInteger('created').notNullable()
    t.bigInteger('start')
    t.bigInteger('end')
    t.index(['status', 'id'])
    t.index(['project_id', 'id'])
    t.index(['template_id', 'id'])
    t.index(['runner_id', 'status'])
  })
  await db.schema.createTable('attempts', (t) => {
    t.integer('task_id').notNullable().references('tasks.id').onDelete('CASCADE')
    t.integer('attempt').notNullable()
    t.integer('runner_id').notNullable()
    t.string('phase', 16).notNullable()
    /** The claim that was granted last. */
    t.integer('claim').notNullable().defaultTo(0)
    /** The log is complete and committed below this seq; the server's side of D4. */
    t.integer('next_seq').notNullable().defaultTo(0)
    t.bigInteger('bytes').notNullable().defaultTo(0)
    /** How often the log was sent anew after its digest differed. */
    t.integer('log_resets').notNullable().defaultTo(0)
    /** ResultBody as JSON, also of superseded attempts: evidence. */
    t.text('result')
    t.bigInteger('offered').notNullable()
    t.bigInteger('started')
    t.bigInteger('ended')
    t.primary(['task_id', 'attempt'])
    t.index(['runner_id', 'phase'])
  })
  await db.schema.createTable('chunks', (t) => {
    t.integer('task_id').notNullable().references('tasks.id').onDelete('CASCADE')
    t.integer('attempt').notNullable()
    t.integer('seq').notNullable()
    t.bigInteger('at').notNullable()
    t.integer('bytes').notNullable()
    t.string('encoding', 16).notNullable()
    t.binary('body').notNullable()
    t.primary(['task_id', 'attempt', 'seq'])
  })
}
