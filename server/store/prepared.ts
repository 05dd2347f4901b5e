/**
 * Statements that are said again and again are prepared once a connection: knex hands SQLite the same
 * few texts for ever, and to prepare one costs as much as to run it.
 */

type Callback = (this: unknown, error: Error | null, rows?: Record<string, unknown>[]) => void

/** A connection of the sqlite3 package, as knex uses it. */
export interface SqliteConnection {
  prepare(sql: string, callback: (error: Error | null) => void): SqliteStatement
  all(sql: string, bindings: unknown, callback: Callback): void
  run(sql: string, bindings: unknown, callback: Callback): void
  close(callback: (error: Error | null) => void): void
}

interface SqliteStatement {
  all(bindings: unknown, callback: Callback): void
  run(bindings: unknown, callback: Callback): void
  finalize(): void
}

/** Statements kept, those used last: a list of many ids is another text each time. */
const most = 100

/** Makes `connection` keep its statements prepared until it is closed. */
export function keepPrepared(connection: SqliteConnection): void {
  const kept = new Map<string, SqliteStatement>()
  const close = connection.close.bind(connection)

  const prepared = (method: 'all' | 'run') => (sql: string, bindings: unknown, done: Callback) => {
    // A text that cannot be prepared answers here, and what is asked of it never does.
    const statement = take(sql) ?? connection.prepare(sql, (error) => error && done.call({}, error))
    statement[method](bindings, function (error, rows) {
      if (error) statement.finalize()
      else keep(sql, statement)
      done.call(this, error, rows)
    })
  }

  function take(sql: string): SqliteStatement | undefined {
    const statement = kept.get(sql)
    kept.delete(sql)
    return statement
  }

  function keep(sql: string, statement: SqliteStatement): void {
    // Asked twice at once: one of both is enough from now on.
    take(sql)?.finalize()
    kept.set(sql, statement)
    if (kept.size <= most) return
    const [oldest] = kept.keys()
    take(oldest as string)?.finalize()
  }

  connection.all = prepared('all')
  connection.run = prepared('run')
  // SQLite does not close while a statement is there.
  connection.close = (callback) => {
    for (const statement of kept.values()) statement.finalize()
    kept.clear()
    close(callback)
  }
}
