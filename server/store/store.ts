/** What the rest of the server sees of a database: reads, durable writes, and whether it can be written. */
import type { Knex } from 'knex'
import { type Clock, systemClock } from '../../lib/clock.ts'
import { type AppError, lineOf } from '../../lib/errors.ts'
import { type Space, spaceAt } from '../../lib/free-space.ts'
import { type Log, silentLog } from '../../lib/log.ts'
import { Changes } from './changes.ts'
import { type CommitParts, GroupCommit, type Transact, type Work } from './commit.ts'
import { WriteGate } from './write-gate.ts'

export interface Store {
  /** For reading outside a transaction. Sees every commit that resolved before. */
  readonly read: Knex
  /** Writes, durably; see `GroupCommit.run`. @throws at once what `paused` says, while it says so */
  commit<T>(work: Work<T>): Promise<T>
  /** Why nothing can be written now; undefined = it can. Its end is told as the change `writable`. */
  readonly paused: AppError | undefined
  /** As `paused`, after a look at the disk. */
  look(): Promise<AppError | undefined>
  readonly changes: Changes
  close(): Promise<void>
}

/** One database, whatever it is made of. */
export interface Database {
  /** Path of its file. */
  file: string
  read: Knex
  transact: Transact
  close(): Promise<void>
}

export interface StoreOptions {
  /** Bytes that shall stay free on the disk of the database; 0 = any may be used. */
  minFree?: number
  space?: (path: string) => Promise<Space | undefined>
  clock?: Clock
  random?: () => number
  log?: Log
  onCommit?: CommitParts['onCommit']
}

export function createStore(database: Database, options: StoreOptions = {}): Store {
  const { file, read, transact } = database
  const { minFree = 0, space = spaceAt } = options
  const { clock = systemClock, random = Math.random, log = silentLog } = options
  const changes = new Changes((error) => log.error('a listener failed', { reason: lineOf(error) }))
  const gate = new WriteGate({
    file,
    minFree,
    space,
    probe: () => group.run(({ db }) => db.raw('PRAGMA user_version = 0')),
    onResume: () => changes.emit([{ kind: 'writable' }]),
    clock,
    random,
    log,
  })
  const judge = (error: unknown) => gate.judge(error)
  const { onCommit } = options
  const group = new GroupCommit({ transact, changes, judge, onCommit, clock })
  return {
    read,
    commit(work) {
      const refusal = gate.enter()
      return refusal === undefined ? group.run(work) : Promise.reject(refusal)
    },
    get paused() {
      return gate.paused
    },
    look: () => gate.look(),
    changes,
    async close() {
      gate.close()
      await group.close()
      await database.close()
    },
  }
}
