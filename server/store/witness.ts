/**
 * How far the database has come, kept in a file beside it after each commit: a database that is behind
 * its witness is an older copy. A whole folder that is put back takes its witness with it; then the
 * runners tell (core/recovery.ts).
 */
import { closeSync, constants, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Change } from './changes.ts'
import type { Knex } from './owned.ts'
import { type Position, readPosition } from './position.ts'
import { lastTaskNumber } from './task-numbers.ts'

/** What the file says. */
export interface Seen extends Position {
  /** The highest task number. */
  task: number
}

export class Witness {
  readonly #file: number
  readonly #log: Log
  /** What was written last; undefined when there was nothing, or nothing that can be read. */
  readonly seen: Seen | undefined
  #now: Seen | undefined
  #silent = false

  /** Opens the file, or makes it. @param path in the server's data folder */
  constructor(path: string, log: Log) {
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
    this.#log = log
    this.seen = seenIn(readFileSync(this.#file, 'utf8'))
  }

  /** @returns how far the same database has been beyond `position`; undefined if it has not */
  ahead(position: Position): Seen | undefined {
    const { seen } = this
    const same = seen?.database === position.database
    return same && seen.commits > position.commits ? seen : undefined
  }

  /** From now on every commit counts. */
  async follow(db: Knex): Promise<void> {
    const position = await readPosition(db)
    this.#now = { ...position, task: await lastTaskNumber(db) }
    this.#write()
  }

  /**
   * Notes a commit. Without an fsync: what the system has is there after a crash of the process, and
   * after a power cut an older line is as true as the newest.
   */
  note(number: number, changes: readonly Change[]): void {
    if (this.#now === undefined) return
    const tasks = changes.flatMap((change) => (change.kind === 'task' ? [change.task] : []))
    this.#now = { ...this.#now, commits: number, task: Math.max(this.#now.task, ...tasks) }
    this.#write()
  }

  close(): void {
    this.#now = undefined
    fsyncSync(this.#file)
    closeSync(this.#file)
  }

  /** Its length is always the same, so that the end of an older line never stays behind a shorter one. */
  #write(): void {
    try {
      writeSync(this.#file, JSON.stringify(this.#now).padEnd(length), 0)
    } catch (error) {
      if (!this.#silent) this.#log.warn('last commit not noted', { reason: lineOf(error) })
      this.#silent = true
    }
  }
}

const length = 120

function seenIn(text: string): Seen | undefined {
  try {
    const { database, commits, task } = JSON.parse(text)
    const whole = typeof database === 'string' && Number.isSafeInteger(commits + task)
    return whole ? { database, commits, task } : undefined
  } catch {
    return undefined
  }
}
