/**
 * A log lies on disk as a row of segments, `<task>-<attempt>-<first seq>.spool`, so that its head
 * can be dropped. The first record of each tells what the log came to before it, digest included:
 * whatever is left of a log can tell the length and the digest of the whole.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { decodeRecord, type LogRecord, maxLogPayload } from './collector.ts'
import { diskError, quarantine } from './durable.ts'
import { createRecordFile, type Damage } from './open-records.ts'
import type { RecordFile } from './record-file.ts'
import type { Scan } from './records.ts'
import { Sha256 } from './sha256.ts'

const version = 1

export interface AttemptName {
  task: number
  attempt: number
}

/** What a log comes to up to some point. */
export interface Totals {
  /** Records; the seq of the next. */
  count: number
  /** Bytes of log. */
  bytes: number
  sha256: Sha256
}

const pattern = /^(\d+)-(\d+)-(\d+)\.spool$/

function nameOf({ task, attempt }: AttemptName, first: number): string {
  return `${task}-${attempt}-${String(first).padStart(12, '0')}.spool`
}

/** What a file's name says, or undefined if it is none of a segment. */
export function parseName(name: string): (AttemptName & { first: number }) | undefined {
  const match = pattern.exec(name)
  if (match === null) return undefined
  return { task: Number(match[1]), attempt: Number(match[2]), first: Number(match[3]) }
}

export class Segment {
  /** Seq of its first record. */
  readonly first: number
  readonly #file: RecordFile

  constructor(first: number, file: RecordFile) {
    this.first = first
    this.#file = file
  }

  static async create(dir: string, of: AttemptName, before: Totals): Promise<Segment> {
    const { count, bytes, sha256 } = before
    const head = JSON.stringify({ v: version, ...of, count, bytes, sha256: sha256.save() })
    const path = join(dir, nameOf(of, count))
    return new Segment(count, await createRecordFile(path, [Buffer.from(head)], maxLogPayload))
  }

  get path(): string {
    return this.#file.path
  }

  /** Bytes on disk. */
  get size(): number {
    return this.#file.size
  }

  /** Seq behind its last record. */
  get end(): number {
    return this.first + this.#file.count - 1
  }

  append(payloads: Uint8Array[]): Promise<void> {
    return this.#file.append(payloads)
  }

  async read(seq: number): Promise<LogRecord> {
    return decodeRecord(await this.#file.read(seq - this.first + 1))
  }

  /** As `RecordFile.endAtDamage`. */
  endAtDamage(): Promise<Scan | undefined> {
    return this.#file.endAtDamage()
  }

  /** Replaces the file by one that holds these. @throws like `append` */
  rewrite(payloads: Uint8Array[]): Promise<void> {
    return this.#file.rewrite(payloads)
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async remove(): Promise<void> {
    await this.close()
    await rm(this.path, { force: true }).catch((error) => {
      throw diskError(this.path, 'remove', error)
    })
  }
}

export interface DamageContext {
  log: Log
  clock: Clock
  onDamage?: ((damage: Damage) => Promise<void>) | undefined
}

/** Keeps a damaged segment under another name, and tells of it: the first may be repaired or go then. */
export async function putAside(
  path: string,
  { offset, records }: Pick<Damage, 'offset' | 'records'>,
  { clock, onDamage }: DamageContext,
): Promise<Damage> {
  const kept = await quarantine(path, clock.now())
  const damage = { path, kept, offset, records }
  await onDamage?.(damage)
  return damage
}

/** What a log comes to at the end of a segment that holds `payloads`; none: of an empty log. */
export function totalsOf(path: string, [head, ...payloads]: Uint8Array[]): Totals {
  if (head === undefined) return { count: 0, bytes: 0, sha256: new Sha256() }
  const { v, count, bytes, sha256 } = JSON.parse(String(head))
  if (v !== version) {
    throw new AppError('conflict', `${path}: expected a spool of version ${version}, got ${v}`, {
      fix: 'start the version of outstation that wrote it',
    })
  }
  const totals: Totals = { count, bytes, sha256: Sha256.resume(sha256) }
  for (const payload of payloads) addRecord(totals, payload)
  return totals
}

/** Adds one record to `totals`. */
export function addRecord(totals: Totals, payload: Uint8Array): void {
  const { bytes } = decodeRecord(payload)
  totals.count += 1
  totals.bytes += bytes.length
  totals.sha256.update(bytes)
}
