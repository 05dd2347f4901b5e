/** What it takes on a POSIX file system until a file, and its name, survive a power cut. */
import { writeSync } from 'node:fs'
import { type FileHandle, link, mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { AppError, systemCode } from '../../lib/errors.ts'

/** Makes `path` (mode 0700) and its parents where they are missing. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = resolve(path); made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made))
  }
}

/** A created, renamed or linked name is durable only once its folder is fsynced. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Writes all of `bytes` at `position`; a short write, as on a full disk, goes on to its error. */
export async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** As `writeAll`, before it returns. */
export function writeNow({ fd }: FileHandle, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done)
  }
}

/** Reads `length` bytes at `position`, or fewer at the end of the file. */
export async function readAll(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done)
    if (bytesRead === 0) return buffer.subarray(0, done)
    done += bytesRead
  }
  return buffer
}

/**
 * Gives a damaged file a second name, `<path>.damaged-<time>`, before a repaired one replaces it
 * under the first. A link and not a rename, so that a crash in between finds the damage again.
 */
export async function quarantine(path: string, now: number): Promise<string> {
  for (let time = now; ; time += 1) {
    const kept = `${path}.damaged-${stampOf(time)}`
    try {
      await link(path, kept)
      return kept
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw diskError(path, 'keep a damaged copy of', error)
    }
  }
}

/** A time as it stands in file names, e.g. 20261124T060000000Z. @param time ms since the epoch */
export function stampOf(time: number): string {
  return new Date(time).toISOString().replaceAll(/[-:.]/g, '')
}

/** A failed call on `path` as AppError `unavailable`; its cause keeps the system's code. */
export function diskError(path: string, action: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause
  const code = systemCode(cause) ?? String(cause)
  const full = isFull(cause)
  return new AppError('unavailable', `cannot ${action} ${path}: ${full ? 'no space left' : code}`, {
    fix: full ? 'free some space on its disk' : 'check its disk and permissions',
    cause,
  })
}

/** Whether a call failed for want of space. */
export function isFull(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOSPC' || code === 'EDQUOT'
}
