/**
 * The damage that was found on this disk and that the server does not know of yet. It lies on the disk
 * itself, in the file `damage`, so that a crash between the repair and the next hello leaves it known.
 */
import { basename, join } from 'node:path'
import type { DamageReport } from '../../broker/messages.ts'
import { type AppError, lineOf, systemCode } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { makeFolder } from './durable.ts'
import { createRecordFile, type Damage, openRecordFile } from './open-records.ts'
import type { RecordFile } from './record-file.ts'
import type { AttemptName } from './segment.ts'

/** Longest report: two paths, and attempts by the hundred. */
const maxPayload = 65_536
/** The newest so many are kept. */
const mostReports = 100
const mostAttempts = 100
const header = Buffer.from(JSON.stringify({ kind: 'damage', v: 1 }))

/** @param attempts whose records or log were in the file */
export function reportOf(damage: Damage, attempts: readonly AttemptName[]): DamageReport {
  const { path, kept, offset, records } = damage
  return {
    id: basename(kept),
    file: basename(path),
    kept,
    offset,
    // The first of each of our files is its header.
    records: Math.max(0, records - 1),
    attempts: attempts.slice(0, mostAttempts).map(({ task, attempt }) => ({ task, attempt })),
  }
}

export class DamageBook {
  readonly #file: RecordFile
  readonly #log: Log
  #reports: DamageReport[]
  #writing: Promise<void> = Promise.resolve()

  private constructor(file: RecordFile, reports: DamageReport[], log: Log) {
    this.#file = file
    this.#reports = reports
    this.#log = log
  }

  /** @throws AppError `unavailable` if the disk does not let it */
  static async open(dir: string, { log, now }: { log: Log; now(): number }): Promise<DamageBook> {
    const path = join(dir, 'damage')
    await makeFolder(dir)
    const salvage = (prefix: Uint8Array[]) => (prefix.length > 0 ? prefix : [header])
    try {
      const { file, payloads, damage } = await openRecordFile(path, { maxPayload, now, salvage })
      const reports = payloads.slice(1).map((payload) => JSON.parse(String(payload)))
      const book = new DamageBook(file, reports, log)
      if (damage) await book.add(reportOf(damage, []))
      return book
    } catch (error) {
      if (systemCode((error as AppError).cause) !== 'ENOENT') throw error
      return new DamageBook(await createRecordFile(path, [header], maxPayload), [], log)
    }
  }

  /** Oldest first. */
  get reports(): readonly DamageReport[] {
    return this.#reports
  }

  /** A disk that does not take it changes nothing: it is told all the same while this process lives. */
  async add(report: DamageReport): Promise<void> {
    await this.#replace([...this.#reports, report].slice(-mostReports))
  }

  /** The server knows of these. */
  async settle(ids: readonly string[]): Promise<void> {
    const left = this.#reports.filter(({ id }) => !ids.includes(id))
    if (left.length < this.#reports.length) await this.#replace(left)
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#file.close()
  }

  /** One write after the other: damage may be found while a welcome settles what was told. */
  #replace(reports: DamageReport[]): Promise<void> {
    this.#reports = reports
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async #write(): Promise<void> {
    const payloads = this.#reports.map((report) => Buffer.from(JSON.stringify(report)))
    try {
      await this.#file.rewrite([header, ...payloads])
    } catch (error) {
      this.#log.warn('damage not noted on disk', { reason: lineOf(error) })
    }
  }
}
