/** What lies on a runner's disk, read as the real code reads it. */
import { decodeRecord, maxLogPayload } from '../../runner/disk/collector.ts'
import { fold, type JournalState } from '../../runner/disk/fold.ts'
import { headerBytes, lengthAt, scan } from '../../runner/disk/records.ts'
import { parseName } from '../../runner/disk/segment.ts'
import type { Disk, Inode } from './disk/disk.ts'

const journals = new WeakMap<Inode, { version: number; state: JournalState }>()

/** What a runner would find in its journal if its power went now. */
export function durableJournal(disk: Disk): JournalState {
  const inode = disk.durable('/journal')
  if (inode === undefined) return fold([])
  const { version, durable } = inode
  const known = journals.get(inode)
  if (known?.version === version) return known.state
  const [, ...records] = scan(durable.bytes, 65_536).payloads
  const state = fold(records.map((record) => JSON.parse(String(record))))
  journals.set(inode, { version, state })
  return state
}

/** Seq behind the last chunk of a log that would outlive the power; undefined if it has none at all. */
export function durableChunks(disk: Disk, task: number, attempt: number): number | undefined {
  let end: number | undefined
  for (const [path, inode] of disk.durableNames) {
    const name = parseName(path.slice('/spool/'.length))
    if (name?.task !== task || name.attempt !== attempt) continue
    end = Math.max(end ?? 0, name.first + countRecords(inode.durable.bytes) - 1)
  }
  return end
}

/** By the lengths that their headers tell; up to a hole, which is zeros. */
function countRecords(bytes: Buffer): number {
  let count = 0
  for (let at = 0; at + headerBytes <= bytes.length; count += 1) {
    const length = lengthAt(bytes, at)
    at += headerBytes + length
    if (length === 0 || at > bytes.length) break
  }
  return count
}

/** What is in the spool of a log now; undefined if it has none. */
export function spooledLog(disk: Disk, task: number, attempt: number): Buffer | undefined {
  const segments = disk
    .list('/spool')
    .map((name) => ({ name, of: parseName(name) }))
    .filter(({ of }) => of?.task === task && of.attempt === attempt)
    .sort((a, b) => (a.of?.first ?? 0) - (b.of?.first ?? 0))
  if (segments.length === 0) return undefined
  return Buffer.concat(
    segments.flatMap(({ name }) => {
      const bytes = disk.find(`/spool/${name}`)?.seen.bytes ?? Buffer.alloc(0)
      const [, ...payloads] = scan(bytes, maxLogPayload).payloads
      return payloads.map((payload) => decodeRecord(payload).bytes)
    }),
  )
}
