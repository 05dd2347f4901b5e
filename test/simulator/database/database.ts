/**
 * The server's database on its disk: what is committed outlives everything. A commit takes its time, the
 * process may die before and after it, and the disk may refuse it; then nobody knows what a crash will
 * find of it.
 */
import type { Knex } from 'knex'
import type { Clock } from '../../../lib/clock.ts'
import type { Log } from '../../../lib/log.ts'
import { createStore, type Store } from '../../../server/store/store.ts'
import type { Life, Timeline } from '../../kit/timeline.ts'
import type { Random } from '../random.ts'
import type { Story } from '../story.ts'
import type { Session } from './filter.ts'
import { Query } from './query.ts'
import type { Schema } from './schema.ts'
import { type Committed, emptyTables, type Row, Transaction } from './tables.ts'
import { Raw } from './terms.ts'

export interface DatabaseParts {
  schema: Schema
  timeline: Timeline
  random: Random
  story: Story
  /** Called before and after each commit: the moments to die. */
  step(): void
  /** Sees what a commit has changed, before anybody is told that it is committed. */
  onCommit(tx: Pick<Transaction, 'changes' | 'began'>): void
}

/** A process that has the database open. */
export interface Client {
  life: Life
  clock: Clock
  log: Log
}

const never = () => new Promise<never>(() => {})

export class Database {
  readonly #parts: DatabaseParts
  readonly #committed: Committed
  /** What a failed commit may have left for a crash to find. */
  #limbo: Transaction | undefined
  /** A commit is on its way to the disk. */
  busy = false
  /** Why nothing can be committed now. */
  trouble: 'full' | 'failing' | undefined

  constructor(parts: DatabaseParts) {
    this.#parts = parts
    this.#committed = emptyTables(parts.schema)
  }

  rows(table: string): Row[] {
    return [...(this.#committed.get(table)?.rows.values() ?? [])]
  }

  get(table: string, key: string | number): Row | undefined {
    return this.#committed.get(table)?.rows.get(key)
  }

  /** The real store, as one process has it. */
  open({ life, clock, log }: Client): Store {
    const { random } = this.#parts
    const written = { rows: 0 }
    const database = {
      file: 'the database',
      read: knexOf({ tx: new Transaction(this.#committed), alive: () => life.alive }),
      transact: (work: (db: Knex) => Promise<void>) => this.#transact(life, work, written),
      close: async () => {},
    }
    const space = async () => undefined
    return createStore(database, { space, clock, random: () => random.next(), log })
  }

  /** Writes what is there before anything begins. */
  async furnish(work: (db: Knex) => Promise<void>): Promise<void> {
    const tx = new Transaction(this.#committed)
    await work(knexOf({ tx, alive: () => true }))
    tx.commit()
  }

  /** The process is dead. What a failed commit left may turn out to be there. */
  crash(): void {
    const { random, story, onCommit } = this.#parts
    const limbo = this.#limbo
    this.#limbo = undefined
    this.busy = false
    if (limbo === undefined || random.chance(0.5)) return
    story.happens('failed commits found after a crash', 'server')
    limbo.commit()
    onCommit(limbo)
  }

  /** @param written rows that this process has written so far, also where that was undone */
  async #transact(
    life: Life,
    work: (db: Knex) => Promise<void>,
    written: { rows: number },
  ): Promise<void> {
    const { timeline, random, step, onCommit } = this.#parts
    const tx = new Transaction(this.#committed, timeline.now)
    const before = written.rows
    const total = () => before + tx.changes.length
    await work(knexOf({ tx, alive: () => life.alive }, total)).finally(() => {
      written.rows = total()
    })
    this.busy = true
    await new Promise<void>((resolve) => timeline.after(random.int(1, 10), resolve, life))
    this.busy = false
    step()
    if (!life.alive) return never()
    if (this.trouble !== undefined) this.#refuse(tx)
    this.#limbo = undefined
    tx.commit()
    onCommit(tx)
    step()
    if (!life.alive) return never()
  }

  #refuse(tx: Transaction): never {
    const { story } = this.#parts
    const full = this.trouble === 'full'
    story.happens(full ? 'commits refused by a full disk' : 'commits that failed', 'server')
    if (!full) this.#limbo = tx
    const code = full ? 'SQLITE_FULL' : 'SQLITE_IOERR'
    throw Object.assign(new Error(`${code}: the simulated disk`), { code })
  }
}

/** @param totalChanges SQLite's function of this name */
function knexOf(
  { tx, alive }: Pick<Session, 'tx' | 'alive'>,
  totalChanges: () => number = () => 0,
): Knex {
  const said = (sql: string) => sql.replaceAll('total_changes()', String(totalChanges()))
  const session = { tx, alive, said }
  const db = (table: string) => new Query(session, table)
  const raw = (sql: string, bindings?: readonly unknown[]) => new Raw(said(sql), bindings)
  return Object.assign(db, { raw }) as unknown as Knex
}
