/**
 * An append-only file of records. `append` resolves once its records are fsynced. A write or fsync
 * that fails leaves the file fit for another try:
 * - a failed write is truncated away, which also gives back the space that it took;
 * - after a failed fsync the kernel may call pages clean that never reached the disk, and the next
 *   fsync would lie ("fsyncgate"). So the file counts as poisoned, and before anything is added to
 *   it, what was durable is read back, verified and written to a new file that takes its place;
 * - a process that was killed right behind such an fsync told nobody of it, and the next one finds
 *   the file whole in the page cache. So what is found is made durable before it counts.
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import { diskError, isFull, readAll, syncFolder, writeAll, writeNow } from './durable.ts'
import { Offsets } from './offsets.ts'
import { frame, headerBytes, lengthAt, payloadAt, type Scan, scan } from './records.ts'

/**
 * So many bytes are written at once, as the page cache takes them within microseconds: a promise would
 * wait for a thread, and a task that is to start waits for its ACCEPT and its START.
 */
const atOnce = 4096

export class RecordFile {
  readonly path: string
  readonly #maxPayload: number
  #handle: FileHandle | undefined
  #offsets = new Offsets()
  #poisoned = false

  /** @param maxPayload longest payload that the file may hold, bytes */
  constructor(path: string, maxPayload: number) {
    this.path = path
    this.#maxPayload = maxPayload
  }

  /** Records in the file, all fsynced. */
  get count(): number {
    return this.#offsets.count
  }

  /** Bytes of the file, all fsynced. */
  get size(): number {
    return this.#offsets.end
  }

  /** What lies in it is not to be relied on, until it is written anew. */
  get poisoned(): boolean {
    return this.#poisoned
  }

  /**
   * Takes a file that exists, and ends it behind `bytes`, its valid prefix, which holds `payloads`.
   * @param durable it was fsynced to its end; else all of it is, now
   * @throws AppError `unavailable`: what was read may be gone after a power cut
   */
  async adopt(payloads: Uint8Array[], bytes: Buffer, durable: boolean): Promise<void> {
    try {
      const file = await open(this.path, 'r+')
      this.#handle = file
      this.#offsets.add(payloads)
      if (durable) return
      await file.truncate(bytes.length)
      await writeOver(file, bytes)
      await file.sync()
      await syncFolder(dirname(this.path))
    } catch (error) {
      await this.close()
      throw diskError(this.path, 'open', error)
    }
  }

  /**
   * Adds records and fsyncs; one call at a time.
   * @throws AppError `unavailable`: whether the records are there after a crash is unknown, so
   *   the caller claims nothing and may try again; `too_large` for a payload over the limit
   */
  async append(payloads: Uint8Array[]): Promise<void> {
    this.#check(payloads)
    if (this.#poisoned) await this.rewrite(await this.readAll())
    await this.#write(Buffer.concat(payloads.map((payload) => frame(payload, this.size))))
    try {
      await this.#file.datasync()
    } catch (error) {
      this.#poisoned = true
      throw diskError(this.path, 'fsync', error)
    }
    this.#offsets.add(payloads)
  }

  /**
   * Replaces all records, or creates the file: on disk are the old ones or the new ones, whole.
   * @throws like `append`
   */
  async rewrite(payloads: Uint8Array[]): Promise<void> {
    this.#check(payloads)
    const handle = await this.#replace(payloads)
    const old = this.#handle
    this.#handle = handle
    this.#holds(payloads)
    await old?.close().catch(() => {})
    // Until the folder is fsynced, a power cut may bring the old file back.
    this.#poisoned = true
    await syncFolder(dirname(this.path)).catch((error) => {
      throw diskError(dirname(this.path), 'fsync', error)
    })
    this.#poisoned = false
  }

  /** @throws AppError `not_found` beyond the last record; `damaged` if it fails its checksum */
  async read(index: number): Promise<Buffer> {
    if (index < 0 || index >= this.count) {
      throw new AppError('not_found', `${this.path} has no record ${index}, only ${this.count}`)
    }
    const offset = await this.#seek(index)
    const bytes = await this.#read(offset, headerBytes + this.#maxPayload)
    const payload = payloadAt(bytes, 0, this.#maxPayload)
    if (payload === undefined) throw this.#damaged(index, offset)
    this.#offsets.reached({ index: index + 1, offset: offset + headerBytes + payload.length })
    return payload
  }

  /** All records. @throws AppError `damaged` if one fails its checksum */
  async readAll(): Promise<Uint8Array[]> {
    const { payloads, good } = await this.#scan()
    if (good < this.size) throw this.#damaged(payloads.length, good)
    return payloads
  }

  /**
   * Ends before its first damaged record for those who read it here; on the disk nothing changes.
   * @returns what is good, if there is damage
   */
  async endAtDamage(): Promise<Scan | undefined> {
    const found = await this.#scan()
    if (found.good === this.size) return undefined
    this.#holds(found.payloads)
    return found
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  get #file(): FileHandle {
    if (this.#handle === undefined) throw new AppError('unavailable', `${this.path} is closed`)
    return this.#handle
  }

  #holds(payloads: Uint8Array[]): void {
    this.#offsets = new Offsets()
    this.#offsets.add(payloads)
  }

  async #scan(): Promise<Scan> {
    return scan(await this.#read(0, this.size), this.#maxPayload)
  }

  #check(payloads: Uint8Array[]): void {
    for (const { length } of payloads) {
      if (length > 0 && length <= this.#maxPayload) continue
      const limit = `1 to ${this.#maxPayload} bytes`
      throw new AppError('too_large', `${this.path}: a record has ${limit}, got ${length}`)
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    const file = this.#file
    try {
      if (bytes.length <= atOnce) writeNow(file, bytes, this.size)
      else await writeAll(file, bytes, this.size)
    } catch (error) {
      await file.truncate(this.size).catch(() => {
        this.#poisoned = true
      })
      throw diskError(this.path, 'write', error)
    }
  }

  async #replace(payloads: Uint8Array[]): Promise<FileHandle> {
    const fresh = `${this.path}.new`
    let handle: FileHandle | undefined
    try {
      handle = await open(fresh, 'w+', 0o600)
      // When the new file gets the name all of it is durable: each record vouches for those before.
      let offset = 0
      const frames = payloads.map((payload) => {
        const framed = frame(payload, offset)
        offset += framed.length
        return framed
      })
      await writeAll(handle, Buffer.concat(frames), 0)
      await handle.sync()
      await rename(fresh, this.path)
      return handle
    } catch (error) {
      await handle?.close().catch(() => {})
      await rm(fresh, { force: true }).catch(() => {})
      throw diskError(this.path, 'write', error)
    }
  }

  async #seek(index: number): Promise<number> {
    const { index: from, offset: start } = this.#offsets.before(index)
    let offset = start
    for (let skip = index - from; skip > 0; skip -= 1) {
      offset += headerBytes + lengthAt(await this.#read(offset, headerBytes), 0)
    }
    return offset
  }

  #read(offset: number, length: number): Promise<Buffer> {
    return readAll(this.#file, offset, Math.max(0, Math.min(length, this.size - offset))).catch(
      (error) => {
        throw diskError(this.path, 'read', error)
      },
    )
  }

  #damaged(index: number, offset: number): AppError {
    return new AppError('damaged', `${this.path}: record ${index} at byte ${offset} is damaged`)
  }
}

/**
 * The same bytes once more: pages that a failed fsync left clean are dirty again. It takes no space, but
 * where blocks are never written twice (btrfs, ZFS) and the disk is full; an fsync is all there is then.
 */
async function writeOver(file: FileHandle, bytes: Buffer): Promise<void> {
  await writeAll(file, bytes, 0).catch((error) => {
    if (!isFull(error)) throw error
  })
}
