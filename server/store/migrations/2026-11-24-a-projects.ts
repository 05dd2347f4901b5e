/** The people, the projects and what tasks are made of. Times are ms since the epoch. */
import type { Knex } from 'knex'

export const name = '2026-11-24-a-projects'

export async function up(db: Knex): Promise<void> {
  await people(db)
  await projects(db)
  await resources(db)
  await templates(db)
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
