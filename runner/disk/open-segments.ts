/** Taking up the logs that an earlier process left: the attempt's own, or all to see what is there. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../../lib/errors.ts'
import { maxLogPayload } from './collector.ts'
import { diskError, makeFolder } from './durable.ts'
import { LineCount } from './line-count.ts'
import { type Damage, openRecordFile } from './open-records.ts'
import {
  type AttemptName,
  type DamageContext,
  parseName,
  putAside,
  Segment,
  totalsOf,
} from './segment.ts'
import { Segments } from './segments.ts'

export interface SegmentName extends AttemptName {
  path: string
  /** Seq of its first record. */
  first: number
}

/** The segments of all attempts in `dir`, which is made if it is missing; those of one attempt in order. */
export async function listSegments(dir: string): Promise<SegmentName[]> {
  const names = await namesIn(dir)
  return names
    .flatMap((name) => {
      const parsed = parseName(name)
      return parsed === undefined ? [] : [{ ...parsed, path: join(dir, name) }]
    })
    .sort((a, b) => a.first - b.first)
}

/** One step where the folder is there, as a task that is to start waits for this. */
async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw diskError(dir, 'list', error)
    await makeFolder(dir)
    return []
  }
}

/**
 * Opens what is there of one log. Behind damage, a gap between two segments included, nothing can
 * be trusted to follow: what lies there is put aside, and told.
 */
export async function openSegments(
  dir: string,
  of: AttemptName,
  cap: number,
  context: DamageContext,
): Promise<{ segments: Segments; damage: Damage[] }> {
  const found = (await listSegments(dir)).filter(
    ({ task, attempt }) => task === of.task && attempt === of.attempt,
  )
  const { log } = context
  const row = new Row(context, found[0]?.first ?? 0)
  try {
    for (const name of found) await row.add(name, name !== found.at(-1))
    const { segments, damage, last, lines } = row
    for (const { path, kept } of damage)
      log.error('spool: damaged, the log ends here', { path, kept })
    const totals = totalsOf(segments.at(-1)?.path ?? dir, last)
    return { segments: new Segments(dir, of, cap, { segments, totals, lines }, context), damage }
  } catch (error) {
    for (const segment of row.segments) await segment.close()
    throw error
  }
}

/** Segments that follow one another without a gap, and what did not. */
class Row {
  readonly segments: Segment[] = []
  readonly damage: Damage[] = []
  /** Payloads of the last segment. */
  last: Uint8Array[] = []
  readonly lines: LineCount
  readonly #context: DamageContext

  constructor(context: DamageContext, first: number) {
    this.#context = context
    this.lines = new LineCount(first)
  }

  async add({ path, first }: SegmentName, sealed: boolean): Promise<void> {
    const { log, clock } = this.#context
    const now = () => clock.now()
    const follows = (this.segments.at(-1)?.end ?? first) === first
    if (this.damage.length > 0 || !follows) {
      this.damage.push(await putAside(path, { offset: 0, records: 0 }, this.#context))
      await rm(path)
      return
    }
    const onDamage = async (damage: Damage) => {
      this.damage.push(damage)
      await this.#context.onDamage?.(damage)
    }
    const options = { maxPayload: maxLogPayload, now, sealed, onDamage }
    const opened = await openRecordFile(path, options)
    if (opened.cut > 0) log.info('spool: cut a torn tail', { path, bytes: opened.cut })
    const segment = new Segment(first, opened.file)
    if (opened.payloads.length === 0) return segment.remove()
    this.segments.push(segment)
    this.last = opened.payloads
    // The first one is the head of the segment.
    opened.payloads.slice(1).forEach((payload, index) => {
      this.lines.add(first + index, payload)
    })
  }
}
