/**
 * The log of one attempt, and the files that come back in it, on disk until the server has all (D4).
 * What is written is collected into records, and fsynced 50 ms after the first byte or when 256 KiB have
 * come. Only what is fsynced is counted, sent or claimed. About 80 MB/s on one core of 2024; digest and
 * checksum take the most of it.
 */
import type { Part } from '../../broker/chunk.ts'
import type { DamageReport } from '../../broker/messages.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError, lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { Collector, type LogRecord } from './collector.ts'
import { reportOf } from './damage-book.ts'
import type { Damage } from './open-records.ts'
import { openSegments } from './open-segments.ts'
import { PatientStore } from './patient.ts'
import { Progress } from './progress.ts'
import type { Segments } from './segments.ts'

/** Longest time that a byte waits until it is stored, ms. */
const syncAfterMs = 50
/** So many bytes do not wait. */
const syncAfterBytes = 262_144
/** More than this in memory, and `write` waits. */
const highWater = 1_048_576
const smallestCap = 131_072

export const defaultCap = 1_073_741_824

export interface SpoolOptions {
  log: Log
  clock: Clock
  /** Told of each damaged file, before it is repaired. */
  onDamage?: ((report: DamageReport) => Promise<void>) | undefined
  /** Ends what waits, with its reason; what is not fsynced by then is given up. */
  signal?: AbortSignal
  /** Bytes that the log may take on disk. */
  cap?: number
  random?: () => number
  /** Told why the disk takes nothing of the log; undefined = it does again. */
  onWait?(reason: string | undefined): void
}

/**
 * Opens the spool of an attempt in `dir`, or takes it up again after a crash: a torn tail is cut,
 * and all numbers are those of what is left. Nothing is created before the first byte.
 * @throws AppError `unavailable` if the disk does not let it; `conflict` if a newer program wrote it
 */
export async function openSpool(
  dir: string,
  task: number,
  attempt: number,
  options: SpoolOptions,
): Promise<Spool> {
  const { clock, onDamage, cap = defaultCap } = options
  const of = { task, attempt }
  const log = options.log.child(of)
  if (cap < smallestCap) {
    throw new AppError('config', `expected a spool of at least ${smallestCap} bytes, got ${cap}`)
  }
  const { segments, damage } = await openSegments(dir, of, cap, {
    log,
    clock,
    onDamage: async (found) => onDamage?.(reportOf(found, [of])),
  })
  return new Spool(segments, damage, { ...options, log })
}

export class Spool {
  /** What was found damaged at open; the log ends before the first of it. */
  readonly damage: readonly Damage[]
  readonly #segments: Segments
  readonly #store: PatientStore
  readonly #clock: Clock
  readonly #log: Log
  readonly #ending = new AbortController()
  readonly #signal: AbortSignal
  readonly #progress: Progress
  readonly #collector = new Collector()
  readonly #listeners = new Set<(synced: number) => void>()
  #timer: Promise<void> | undefined
  #draining: Promise<void> | undefined
  #repairing: Promise<void> | undefined
  /** The record that is being filled is to be closed and stored too. */
  #due = false
  /** The most that one fsync carries. */
  readonly #batchBytes: number
  /** Bytes written and stored, whichever process did. */
  #accepted: number

  constructor(segments: Segments, damage: Damage[], options: SpoolOptions) {
    const { log, clock, signal, random = Math.random, onWait } = options
    this.damage = damage
    this.#segments = segments
    this.#clock = clock
    this.#log = log
    this.#signal = signal ? AbortSignal.any([signal, this.#ending.signal]) : this.#ending.signal
    this.#progress = new Progress(this.#signal)
    const patience = { log, clock, random, signal: this.#signal }
    this.#store = new PatientStore(segments, { ...patience, ...(onWait && { onWait }) })
    this.#batchBytes = Math.min(highWater, segments.segmentBytes / 2)
    this.#accepted = segments.totals.bytes
  }

  /** Seq behind the newest record that is fsynced and can still be read: what may be sent. */
  get synced(): number {
    return this.#segments.end
  }

  /** Records that were ever fsynced, those that were dropped or are damaged included. After `flush`: all. */
  get count(): number {
    return this.#segments.totals.count
  }

  /** Bytes of log in them. */
  get bytes(): number {
    return this.#segments.totals.bytes
  }

  /** Lines that end in the records from `seq` on; undefined if that is not known any more. */
  linesFrom(seq: number): number | undefined {
    return this.#segments.linesFrom(seq)
  }

  /** SHA-256 of these bytes, hex. */
  digest(): string {
    return this.#segments.totals.sha256.digest()
  }

  /** Seq of the oldest record that is still here; 0 until the cap has made the head drop. */
  get first(): number {
    return this.#segments.first
  }

  /**
   * Takes more of the log; resolves when there is room for more, not when this is on disk. It waits
   * while the disk is full, or the log at its cap with nothing acknowledged to drop.
   * @param at wall clock, ms
   * @param part what it is, if it is none of the log
   * @throws the signal's reason; `damaged` if no more can be kept
   */
  async write(bytes: Uint8Array, at: number, part?: Part): Promise<void> {
    this.#signal.throwIfAborted()
    this.#collector.add(bytes, at, part)
    this.#accepted += bytes.length
    if (this.#collector.closedBytes >= syncAfterBytes) this.#drain()
    this.#timer ??= this.#clock.sleep(syncAfterMs, this.#signal).then(
      () => this.#onTime(),
      () => {},
    )
    while (this.#collector.bytes > highWater) await this.#progress.next()
  }

  /** Resolves once all that was written is fsynced. @throws like `write` */
  async flush(): Promise<void> {
    const target = this.#accepted
    this.#due = true
    this.#drain()
    while (this.bytes < target) await this.#progress.next()
  }

  /** Calls `listener` whenever `synced` has changed; returns what ends that. */
  onSynced(listener: (synced: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** @throws AppError `not_found` if it is not fsynced yet, or dropped; `damaged` */
  read(seq: number): Promise<LogRecord> {
    return this.#segments.read(seq).catch((error) => {
      this.#fail(error)
      throw error
    })
  }

  /** The server has committed all below `nextSeq`. It is dropped only where the cap demands it. */
  acked(nextSeq: number): void {
    this.#store.acked(nextSeq)
    this.#segments.acked(nextSeq)
  }

  /** Removes the log from disk; damaged files that were put aside stay. */
  async discard(): Promise<void> {
    await this.close()
    await this.#segments.remove()
  }

  /** Gives up what is not fsynced: flush first. */
  async close(): Promise<void> {
    this.#ending.abort(new AppError('unavailable', 'the spool is closed'))
    await this.#draining
    await this.#repairing
    await this.#segments.close()
  }

  #onTime(): void {
    this.#timer = undefined
    this.#due = true
    this.#drain()
  }

  #drain(): void {
    this.#draining ??= this.#storeAll().catch((error) => {
      this.#ending.abort(error)
      this.#fail(error)
    })
  }

  /**
   * Damage mends with no time, so the log ends: who writes is told at once, whatever the disk makes of
   * the rest. What lies before it can be sent.
   */
  #fail(error: unknown): void {
    if (!(error instanceof AppError) || error.code !== 'damaged') return
    this.#ending.abort(error)
    this.#repairing ??= this.#repair().finally(() => {
      this.#repairing = undefined
    })
  }

  async #repair(): Promise<void> {
    // It may write to the same file.
    await this.#draining
    try {
      await this.#segments.endAtDamage()
    } catch (error) {
      this.#log.error('spool: damaged, and cannot be put aside', { reason: lineOf(error) })
    }
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.synced)
  }

  async #storeAll(): Promise<void> {
    // Let the bytes that are written in the same turn join the first batch.
    await Promise.resolve()
    while (this.#due || this.#collector.closedBytes > 0) {
      if (this.#due) this.#collector.closeOpen()
      this.#due = false
      const batch = this.#collector.take(this.#batchBytes)
      if (batch.length === 0) continue
      await this.#store.store(batch)
      this.#progress.made()
      this.#tell()
    }
    this.#draining = undefined
  }
}
