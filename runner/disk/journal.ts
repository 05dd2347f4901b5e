/**
 * The runner's record of what it accepted and did (D2, D3): nothing is claimed, spawned or reported
 * before its record here is fsynced. Records that are appended while an fsync runs share the next. The
 * file is read when it is opened, and never again: after a failed fsync nobody knows what lies in it, and
 * a process that lives knows better. It writes anew what the records came to that were fsynced.
 */
import { join } from 'node:path'
import type { DamageReport, Reached } from '../../broker/messages.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError, lineOf, systemCode } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { JournalRecord } from '../core/state.ts'
import { reportOf } from './damage-book.ts'
import { makeFolder } from './durable.ts'
import {
  fold,
  foldOnto,
  type Journaled,
  type JournaledAttempt,
  type JournalState,
  unfold,
} from './fold.ts'
import { createRecordFile, type Damage, type Opened, openRecordFile } from './open-records.ts'
import type { RecordFile } from './record-file.ts'

const version = 1
/** A result with its two lines of 4096 characters, each escaped, fits. */
const maxPayload = 65_536
/** The file is compacted when it has grown to 4 times what it was after the last time, and to this. */
const compactFrom = 1_048_576

export interface JournalOptions {
  log: Log
  clock: Clock
  /** Told of a damaged file, before it is repaired. */
  onDamage?: ((report: DamageReport) => Promise<void>) | undefined
}

export interface OpenJournal {
  journal: Journal
  /** By `keyOf`: what was accepted and not yet forgotten. */
  attempts: ReadonlyMap<string, JournaledAttempt>
  /** Task -> the highest attempt ever seen here. */
  highest: ReadonlyMap<number, number>
  /** How far the server had come when it was last heard. */
  reached: Reached
  /** Set when records were lost: what was accepted then counts as started, see `salvage`. */
  damage: Damage | undefined
}

/**
 * Opens, or creates, `<dir>/journal` and compacts it. What is told of it outlives a power cut.
 * @throws AppError `unavailable` if the disk does not let it; `conflict` if a newer program wrote it
 */
export async function openJournal(dir: string, options: JournalOptions): Promise<OpenJournal> {
  const { log } = options
  const path = join(dir, 'journal')
  await makeFolder(dir)
  const { file, payloads, cut, damage } = await openOrCreate(path, options)
  const state = await foldOrClose(file, payloads)
  if (cut > 0) log.info('journal: cut a torn tail', { path, bytes: cut })
  if (damage) log.error('journal: damaged, the records before the damage are kept', { ...damage })
  const journal = new Journal(file, fold([], state), options)
  await journal.compact()
  const { attempts, highest, reached } = state
  return { journal, attempts, highest, reached, damage }
}

interface Queued {
  records: Journaled[]
  /** Before that the file is to be written anew. */
  anew: boolean
  resolve(): void
  reject(error: unknown): void
}

export class Journal {
  readonly #file: RecordFile
  readonly #log: Log
  readonly #clock: Clock
  /** What the records come to that were fsynced. */
  #state: JournalState
  #queue: Queued[] = []
  #draining: Promise<void> | undefined
  #closed = false
  #compactAt = compactFrom

  /** @param state what the records in `file` come to; changes with what is appended */
  constructor(file: RecordFile, state: JournalState, { log, clock }: JournalOptions) {
    this.#file = file
    this.#state = state
    this.#log = log
    this.#clock = clock
  }

  /**
   * Resolves once all of `records` are fsynced, in order, behind what was appended before.
   * @throws AppError `unavailable`: they may or may not be there after a crash; nothing may be done
   *   that depends on them, and they may be appended again
   */
  async append(records: JournalRecord[]): Promise<void> {
    const at = this.#clock.now()
    await this.#enqueue({ records: records.map((record) => ({ ...record, at })), anew: false })
  }

  /**
   * Proves that records can be written again after an append that failed, by writing all of them.
   * @throws like `append`
   */
  async mend(): Promise<void> {
    await this.#enqueue({ records: [], anew: true })
  }

  /** Rewrites the file with what still counts. A failure is logged: the old file stays in use. */
  async compact(): Promise<void> {
    const { path, size } = this.#file
    try {
      await this.#rewrite()
    } catch (error) {
      this.#log.warn('journal: not compacted', { path, size, reason: lineOf(error) })
    }
    this.#compactAt = Math.max(compactFrom, 4 * this.#file.size)
  }

  /** Waits for what was appended. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#draining
    await this.#file.close()
  }

  #enqueue(wish: Pick<Queued, 'records' | 'anew'>): Promise<void> {
    if (this.#closed) {
      return Promise.reject(new AppError('unavailable', `${this.#file.path} is closed`))
    }
    return new Promise<void>((resolve, reject) => {
      this.#queue.push({ ...wish, resolve, reject })
      this.#draining ??= this.#drain()
    })
  }

  async #rewrite(): Promise<void> {
    const records = unfold(this.#state, this.#clock.now())
    await this.#file.rewrite([header(), ...records.map(encode)])
    this.#state = fold(records)
  }

  async #drain(): Promise<void> {
    // Let the records that are born in the same turn join the first batch.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const batch = this.#queue
      this.#queue = []
      try {
        if (this.#file.poisoned || batch.some(({ anew }) => anew)) await this.#rewrite()
        const records = batch.flatMap((wish) => wish.records)
        await this.#file.append(records.map(encode))
        foldOnto(this.#state, records)
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
      if (this.#file.size > this.#compactAt) await this.compact()
    }
    this.#draining = undefined
  }
}

async function openOrCreate(path: string, { clock, onDamage }: JournalOptions): Promise<Opened> {
  try {
    return await openRecordFile(path, {
      maxPayload,
      now: () => clock.now(),
      salvage: salvage(path),
      onDamage: async (found, prefix) => onDamage?.(reportOf(found, unfinished(path, prefix))),
    })
  } catch (error) {
    if (systemCode((error as AppError).cause) !== 'ENOENT') throw error
    const file = await createRecordFile(path, [header()], maxPayload)
    return { file, payloads: [header()], cut: 0, damage: undefined }
  }
}

async function foldOrClose(file: RecordFile, payloads: Uint8Array[]): Promise<JournalState> {
  try {
    return fold(parse(file.path, payloads))
  } catch (error) {
    await file.close()
    throw error
  }
}

/**
 * START may be among the lost records of an attempt whose ACCEPT is not: to run it could be to run
 * it twice. So what was accepted counts as started, in the same write that repairs the file.
 */
const salvage = (path: string) => (prefix: Uint8Array[]) => {
  const started = unfinished(path, prefix)
    .filter(({ phase }) => phase === 'accepted')
    .map(({ task, attempt, at }) => encode({ kind: 'start', task, attempt, at }))
  return [...(prefix.length > 0 ? prefix : [header()]), ...started]
}

/** Attempts of which START, END or FORGET may be among what was lost. */
function unfinished(path: string, prefix: Uint8Array[]): JournaledAttempt[] {
  if (prefix.length === 0) return []
  const attempts = [...fold(parse(path, prefix)).attempts.values()]
  return attempts.filter(({ phase }) => phase !== 'ended')
}

function header(): Uint8Array {
  return Buffer.from(JSON.stringify({ kind: 'journal', v: version }))
}

function encode(record: Journaled): Uint8Array {
  return Buffer.from(JSON.stringify(record))
}

function parse(path: string, [head, ...records]: Uint8Array[]): Journaled[] {
  const { kind, v } = JSON.parse(String(head))
  if (kind !== 'journal' || v !== version) {
    throw new AppError('conflict', `${path}: expected a journal of version ${version}, got ${v}`, {
      fix: 'start the version of outstation that wrote it',
    })
  }
  return records.map((record) => JSON.parse(String(record)))
}
