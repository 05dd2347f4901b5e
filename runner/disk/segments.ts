/** The segments of one log as a whole: appends, reads, and drops of the head past a cap. */
import { AppError } from '../../lib/errors.ts'
import type { LogRecord } from './collector.ts'
import type { LineCount } from './line-count.ts'
import { sizeOf } from './records.ts'
import {
  type AttemptName,
  addRecord,
  type DamageContext,
  putAside,
  Segment,
  type Totals,
} from './segment.ts'

const largestSegment = 16 * 1_048_576

export class Segments {
  readonly #dir: string
  readonly #of: AttemptName
  readonly #cap: number
  /** Bytes that a segment may take: a quarter of the cap at most, so that its head can be dropped. */
  readonly segmentBytes: number
  readonly #segments: Segment[]
  readonly #totals: Totals
  readonly #lines: LineCount
  readonly #context: DamageContext

  /** @param cap bytes on disk, 128 KiB at least */
  constructor(
    dir: string,
    of: AttemptName,
    cap: number,
    { segments, totals, lines }: { segments: Segment[]; totals: Totals; lines: LineCount },
    context: DamageContext,
  ) {
    this.#dir = dir
    this.#of = of
    this.#cap = cap
    this.segmentBytes = Math.min(largestSegment, Math.floor(cap / 4))
    this.#segments = segments
    this.#totals = totals
    this.#lines = lines
    this.#context = context
  }

  /** What the log came to, whether all of it can still be read or not. */
  get totals(): Readonly<Totals> {
    return this.#totals
  }

  /** Lines in the records from `seq` on; undefined if that is not known any more. */
  linesFrom(seq: number): number | undefined {
    return this.#lines.from(seq)
  }

  /** All below `nextSeq` is committed by the server: its lines count no more. */
  acked(nextSeq: number): void {
    this.#lines.drop(nextSeq)
  }

  /** Seq of the oldest record that is still here. */
  get first(): number {
    return this.#segments[0]?.first ?? 0
  }

  /** Seq behind the newest record that is still here. */
  get end(): number {
    return this.#segments.at(-1)?.end ?? 0
  }

  /** Whether `payloads` more stay within the cap. */
  fits(payloads: Uint8Array[]): boolean {
    return this.#segments.reduce((sum, { size }) => sum + size, sizeOf(payloads)) <= this.#cap
  }

  /** Drops the oldest segment if all of it lies below `acked`, and it is not the one in use. */
  async dropHead(acked: number): Promise<boolean> {
    const [head, next] = this.#segments
    if (head === undefined || next === undefined || head.end > acked) return false
    await head.remove()
    this.#segments.shift()
    return true
  }

  /** Adds and fsyncs; one call at a time. @throws like `RecordFile.append` */
  async append(payloads: Uint8Array[]): Promise<void> {
    const segment = await this.#segmentFor(payloads)
    await segment.append(payloads)
    for (const payload of payloads) {
      this.#lines.add(this.#totals.count, payload)
      addRecord(this.#totals, payload)
    }
  }

  /** @throws AppError `not_found` for a record that is not yet here, or no more */
  async read(seq: number): Promise<LogRecord> {
    const segment = this.#segments.findLast(({ first, end }) => first <= seq && seq < end)
    if (segment !== undefined) return segment.read(seq)
    const { task, attempt } = this.#of
    const has = `${this.first} to ${this.end - 1}`
    throw new AppError('not_found', `log of ${task}.${attempt}: expected seq ${has}, got ${seq}`)
  }

  /**
   * Ends the log before its first damaged record, as the next start would (open-segments.ts): the file is
   * put aside, and so is what lies behind it. A disk that does not let it changes nothing for those who
   * read here. Nothing may be appended any more.
   */
  async endAtDamage(): Promise<void> {
    for (const [index, segment] of this.#segments.entries()) {
      const found = await segment.endAtDamage()
      if (found === undefined) continue
      const { payloads, good: offset } = found
      // Without its head a segment is none.
      const begun = payloads.length > 0
      const behind = this.#segments.splice(begun ? index + 1 : index)
      if (begun) {
        await this.#putAside(segment, { offset, records: payloads.length })
        await segment.rewrite(payloads)
      }
      for (const one of behind) {
        await this.#putAside(one, { offset: 0, records: 0 })
        await one.remove()
      }
      return
    }
  }

  async close(): Promise<void> {
    for (const segment of this.#segments) await segment.close()
  }

  async remove(): Promise<void> {
    for (const segment of this.#segments.splice(0)) await segment.remove()
  }

  async #putAside({ path }: Segment, found: { offset: number; records: number }): Promise<void> {
    const { kept } = await putAside(path, found, this.#context)
    this.#context.log.error('spool: damaged, the log ends here', { path, kept })
  }

  async #segmentFor(payloads: Uint8Array[]): Promise<Segment> {
    const last = this.#segments.at(-1)
    const full = last && last.end > last.first && last.size + sizeOf(payloads) > this.segmentBytes
    if (last !== undefined && !full) return last
    const segment = await Segment.create(this.#dir, this.#of, this.#totals)
    this.#segments.push(segment)
    return segment
  }
}
