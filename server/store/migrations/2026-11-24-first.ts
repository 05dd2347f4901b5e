/** The first schema. Times are milliseconds since the epoch; JSON columns hold what their name says. */
import type { Knex } from 'knex'

export const name = '2026-11-24-first'

export async function up(db: Knex): Promise<void> {
  await people(db)
  await projects(db)
  await resources(db)
  await templates(db)
  await runners(db)
  await tasks(db)
  await webhooks(db)
}

async function people(db: Knex): Promise<void> {
  await db.schema.createTable('users', (t) => {
    t.increments('id')
    t.string('login', 255).notNullable().unique()
    t.string('name', 255).notNullable()
    t.string('email', 255).notNullable().unique()
    /** scrypt$N$r$p$salt$hash */
    t.string('password', 255).notNullable()
    t.boolean('admin').notNullable().defaultTo(false)
    t.bigInteger('created').notNullable()
  })
  /** Browser sessions and API tokens; only the SHA-256 of either is kept. */
  await db.schema.createTable('tokens', (t) => {
    t.string('hash', 64).primary()
    /** First characters, so that a person can tell tokens apart; Semaphore's DELETE takes it. */
    t.string('prefix', 16).notNullable().index()
    t.string('kind', 16).notNullable()
    t.integer('user_id').notNullable().references('users.id').onDelete('CASCADE')
    t.bigInteger('created').notNullable()
    t.bigInteger('expires')
  })
}

async function projects(db: Knex): Promise<void> {
  await db.schema.createTable('projects', (t) => {
    t.increments('id')
    t.string('name', 255).notNullable()
    t.boolean('alert').notNullable().defaultTo(false)
    t.string('alert_chat', 255)
    /** 0 = no limit. */
    t.integer('max_parallel_tasks').notNullable().defaultTo(0)
    t.bigInteger('created').notNullable()
  })
  await db.schema.createTable('project_users', (t) => {
    t.integer('project_id').notNullable().references('projects.id').onDelete('CASCADE')
    t.integer('user_id').notNullable().references('users.id').onDelete('CASCADE')
    t.string('role', 32).notNullable()
    t.primary(['project_id', 'user_id'])
  })
}

async function resources(db: Knex): Promise<void> {
  const ofProject = (t: Knex.CreateTableBuilder) => {
    t.increments('id')
    t.integer('project_id').notNullable().index().references('projects.id').onDelete('CASCADE')
    t.string('name', 255).notNullable()
  }
  await db.schema.createTable('access_keys', (t) => {
    ofProject(t)
    t.string('type', 32).notNullable()
    /** The key's secret part as JSON, encrypted (store/cipher.ts). */
    t.text('secret')
  })
  await db.schema.createTable('repositories', (t) => {
    ofProject(t)
    t.text('git_url').notNullable()
    t.string('git_branch', 255).notNullable()
    t.integer('ssh_key_id').notNullable().references('access_keys.id')
  })
  await db.schema.createTable('inventories', (t) => {
    ofProject(t)
    t.string('type', 32).notNullable()
    t.text('inventory').notNullable()
    t.integer('ssh_key_id').references('access_keys.id')
    t.integer('become_key_id').references('access_keys.id')
    t.integer('repository_id').references('repositories.id')
  })
  await db.schema.createTable('environments', (t) => {
    ofProject(t)
    /** JSON object of extra variables. */
    t.text('json').notNullable().defaultTo('{}')
    /** JSON object of process environment. */
    t.text('env').notNullable().defaultTo('{}')
  })
  await db.schema.createTable('environment_secrets', (t) => {
    t.increments('id')
    t.integer('environment_id')
      .notNullable()
      .index()
      .references('environments.id')
      .onDelete('CASCADE')
    t.string('name', 255).notNullable()
    /** var | env */
    t.string('type', 8).notNullable()
    /** Encrypted. */
    t.text('secret').notNullable()
  })
}

async function templates(db: Knex): Promise<void> {
  await db.schema.createTable('templates', (t) => {
    t.increments('id')
    t.integer('project_id').notNullable().index().references('projects.id').onDelete('CASCADE')
    t.string('name', 255).notNullable()
    t.text('description').notNullable().defaultTo('')
    t.string('app', 64).notNullable()
    t.text('playbook').notNullable()
    t.integer('repository_id').notNullable().references('repositories.id')
    t.integer('inventory_id').references('inventories.id')
    t.integer('environment_id').references('environments.id')
    t.string('git_branch', 255).notNullable().defaultTo('')
    t.string('type', 16).notNullable().defaultTo('')
    t.string('start_version', 255).notNullable().defaultTo('')
    /** JSON arrays and objects, as the API takes them. */
    t.text('arguments').notNullable().defaultTo('[]')
    t.text('survey_vars').notNullable().defaultTo('[]')
    t.text('vaults').notNullable().defaultTo('[]')
    t.text('task_params').notNullable().defaultTo('{}')
    t.boolean('allow_override_args_in_task').notNullable().defaultTo(false)
    t.boolean('allow_override_branch_in_task').notNullable().defaultTo(false)
    t.boolean('allow_parallel_tasks').notNullable().defaultTo(true)
    t.boolean('suppress_success_alerts').notNullable().defaultTo(false)
  })
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
