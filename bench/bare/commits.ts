/** SQLite as the store opens it, without the store: each commit is one fsync. */
import sqlite3 from 'sqlite3'

export interface Commits {
  add(status: string): Promise<void>
  close(): Promise<void>
}

export async function openCommits(file: string): Promise<Commits> {
  const database = new sqlite3.Database(file)
  const exec = (sql: string) =>
    new Promise<void>((resolve, reject) => {
      database.exec(sql, (error) => (error ? reject(error) : resolve()))
    })
  await exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  await exec('CREATE TABLE changes (id INTEGER PRIMARY KEY, status TEXT NOT NULL, at INTEGER)')
  return {
    add: (status) => exec(`INSERT INTO changes (status, at) VALUES ('${status}', ${Date.now()})`),
    close: () =>
      new Promise((resolve, reject) => {
        database.close((error) => (error ? reject(error) : resolve()))
      }),
  }
}
