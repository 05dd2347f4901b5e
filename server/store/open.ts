/** Opens the database, checks its durability settings, migrates it. The one home of knex clients. */
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import knex, { type Knex } from 'knex'
import { AppError } from '../../lib/errors.ts'
import type { Transact } from './commit.ts'
import { type Ask, askedBy } from './kept-text.ts'
import { migrate, pendingOf } from './migrate.ts'
import { type Migration, migrations } from './migrations/index.ts'
import { keepPrepared, type SqliteConnection } from './prepared.ts'
import { createStore, type Store, type StoreOptions } from './store.ts'

export type { Store } from './store.ts'

export interface OpenOptions extends StoreOptions {
  /** What this program knows to do to a database, in order. */
  known?: readonly Migration[]
}

/** @param file path of the SQLite database; made with mode 0600 if it is not there. */
export async function openSqlite(file: string, options: OpenOptions = {}): Promise<Store> {
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
  const writer = sqlite(file, { min: 1, max: 1 })
  // One stays open: with the last connection the files of the WAL go, and on a full disk stay gone.
  const reader = sqlite(file, { min: 1, max: 2 })
  const read: Ask = (sql, values) => borrow(reader, (one) => say(one, sql, values))
  const database = {
    file,
    read: askedBy(read, reader),
    transact: (work: Parameters<Transact>[0]) => transact(writer, work),
    async close() {
      await reader.destroy()
      await writer.destroy()
    },
  }
  const store = createStore(database, options)
  try {
    await migrate(writer, options.known ?? migrations)
  } catch (error) {
    await store.close()
    throw error
  }
  return store
}

/** The names of what `openSqlite` would do to this database, which is neither made nor changed. */
export async function pendingMigrations(file: string): Promise<string[]> {
  if (!existsSync(file)) return migrations.map(({ name }) => name)
  const reader = sqlite(file, { min: 0, max: 1 })
  try {
    return (await pendingOf(reader, migrations)).map(({ name }) => name)
  } finally {
    await reader.destroy()
  }
}

/**
 * BEGIN IMMEDIATE, which knex's own transactions do not know, waits for another process that writes, such
 * as `outstation user add`; a transaction that has read before it writes is not let wait: it fails.
 */
async function transact(db: Knex, work: (db: Knex) => Promise<void>): Promise<void> {
  let sound = true
  try {
    await borrow(db, async (connection) => {
      try {
        await say(connection, 'BEGIN IMMEDIATE')
        await work(over(connection, db))
        await say(connection, 'COMMIT')
      } catch (error) {
        await say(connection, 'ROLLBACK').catch(() => {
          sound = false
        })
        throw error
      }
    })
  } finally {
    if (!sound) await reopen(db)
  }
}

/**
 * All that it is asked goes over `connection`: through the pool, which has one, a statement would wait
 * for the one before it, and so statements that do not wait for each other run at once. Hence a work must
 * not leave one that writes behind when it throws: it would outlive the ROLLBACK.
 */
function over(connection: SqliteConnection, db: Knex): Knex {
  const ask: Ask = (sql, values) => say(connection, sql, values)
  const own = new Proxy(db, {
    apply: (target, self, args) => Reflect.apply(target, self, args).connection(connection),
    get(target, name) {
      if (name !== 'raw') return Reflect.get(target, name)
      return (...args: Parameters<Knex['raw']>) => target.raw(...args).connection(connection)
    },
  })
  return askedBy(ask, own)
}

async function borrow<T>(db: Knex, use: (connection: SqliteConnection) => Promise<T>): Promise<T> {
  const connection = await db.client.acquireConnection()
  try {
    return await use(connection)
  } finally {
    await db.client.releaseConnection(connection)
  }
}

/** As it is written, without knex. */
function say(
  connection: SqliteConnection,
  sql: string,
  values: readonly unknown[] = [],
): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    connection.all(sql, values, (error, rows = []) => (error ? reject(error) : resolve(rows)))
  })
}

/**
 * A failed BEGIN or COMMIT may leave the connection inside a transaction, and every later one would
 * fail on it: a disk that was full for a second would stop the server for good.
 */
async function reopen(db: Knex): Promise<void> {
  await db.destroy().catch(() => {})
  db.initialize()
}

/** What knex would print, stack and all, it also tells its caller, who knows what it means. */
const silent = { warn() {}, error() {}, deprecate() {}, debug() {} }

function sqlite(filename: string, pool: { min: number; max: number }): Knex {
  return knex({
    client: 'sqlite3',
    connection: { filename },
    useNullAsDefault: true,
    log: silent,
    // Values do not belong in an error's message, which ends in the log.
    compileSqlOnError: false,
    pool: {
      ...pool,
      afterCreate(connection: SqliteConnection, done: (error?: unknown) => void) {
        keepPrepared(connection)
        makeDurable(connection).then(() => done(), done)
      },
    },
  })
}

/**
 * WAL with synchronous=FULL, asserted on every connection: some builds of SQLite open WAL files with
 * NORMAL, which loses the last commits at a power cut, and those are what we have acknowledged.
 */
async function makeDurable(connection: SqliteConnection): Promise<void> {
  const pragma = (sql: string) =>
    new Promise<unknown>((resolve, reject) => {
      connection.all(`PRAGMA ${sql}`, [], (error, rows) =>
        error ? reject(error) : resolve(Object.values(rows?.[0] ?? {})[0]),
      )
    })
  await pragma('busy_timeout = 5000')
  await pragma('journal_mode = WAL')
  await pragma('synchronous = FULL')
  await pragma('foreign_keys = ON')
  const found = {
    journal_mode: await pragma('journal_mode'),
    synchronous: await pragma('synchronous'),
    foreign_keys: await pragma('foreign_keys'),
  }
  const wanted = { journal_mode: 'wal', synchronous: 2, foreign_keys: 1 }
  if (JSON.stringify(found) === JSON.stringify(wanted)) return
  throw new AppError(
    'config',
    `database: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(found)}`,
    { fix: 'put it on a local disk that supports WAL' },
  )
}
