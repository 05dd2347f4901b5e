/** Opening a record file after whatever happened to it: a torn tail is cut, damage is told. */
import { readFile } from 'node:fs/promises'
import { diskError, quarantine } from './durable.ts'
import { RecordFile } from './record-file.ts'
import { scan } from './records.ts'

/** Stored data that failed its checksum; the good records before it stay in use. */
export interface Damage {
  path: string
  /** The file as it was found, put aside. */
  kept: string
  /** Offset of the first bad byte. */
  offset: number
  /** Good records before it. */
  records: number
}

export interface Opened {
  file: RecordFile
  payloads: Uint8Array[]
  /** Bytes of a torn tail that were cut. */
  cut: number
  damage: Damage | undefined
}

export interface OpenOptions {
  /** Longest payload that the file may hold, bytes. */
  maxPayload: number
  /** Wall clock, for the name of a damaged file. */
  now(): number
  /** It was fsynced to its end before another file followed: nothing in it can be torn. */
  sealed?: boolean
  /** What takes the place of a damaged file; by default its valid prefix. */
  salvage?(prefix: Uint8Array[]): Uint8Array[]
  /** Told of damage before it is repaired: after a crash in between it is found, and told, again. */
  onDamage?(damage: Damage, prefix: Uint8Array[]): Promise<void>
}

/**
 * Opens a file that exists and reads all of it, so it is meant for files of some MB. What it then holds
 * outlives a power cut.
 * @throws AppError `unavailable` if the disk does not let it
 */
export async function openRecordFile(path: string, options: OpenOptions): Promise<Opened> {
  const { maxPayload, now, sealed = false, salvage = (prefix) => prefix, onDamage } = options
  const bytes = await readFile(path).catch((error) => {
    throw diskError(path, 'read', error)
  })
  const { payloads, good, rest } = scan(bytes, maxPayload)
  if (rest === 'nothing' || (rest === 'torn' && !sealed)) {
    const file = new RecordFile(path, maxPayload)
    await file.adopt(payloads, bytes.subarray(0, good), sealed)
    return { file, payloads, cut: bytes.length - good, damage: undefined }
  }
  const kept = await quarantine(path, now())
  const damage = { path, kept, offset: good, records: payloads.length }
  await onDamage?.(damage, payloads)
  const saved = salvage(payloads)
  return { file: await createRecordFile(path, saved, maxPayload), payloads: saved, cut: 0, damage }
}

/** Creates a file, or replaces one: after a crash it holds all of `payloads`, or is as before. */
export async function createRecordFile(
  path: string,
  payloads: Uint8Array[],
  maxPayload: number,
): Promise<RecordFile> {
  const file = new RecordFile(path, maxPayload)
  try {
    await file.rewrite(payloads)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}
