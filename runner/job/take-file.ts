/** One file on its way back: opened so that it is what it seems, and read as it was when it was opened. */
import { createHash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemCode } from '../../lib/errors.ts'
import type { TaskUser } from './isolation.ts'

/** Why a file is not taken, for a person. */
export class NotTaken extends Error {}

const pieceBytes = 65_536

export interface OpenedFile {
  /** Bytes that it had when it was opened. */
  size: number
  /**
   * Hands it out piece by piece. @returns its SHA-256, hex. @throws NotTaken; what `take` throws
   */
  read(take: (piece: Uint8Array) => Promise<void>): Promise<string>
  close(): Promise<void>
}

/**
 * @param user whose files are taken, where the task was not run by the runner's own user: a second name
 *   (hard link) that it gave to a file of somebody else is none of its files
 * @throws NotTaken
 */
export async function openFile(path: string, user: TaskUser | undefined): Promise<OpenedFile> {
  const handle = await unlessItFails(() =>
    open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
  )
  try {
    const stat = await unlessItFails(() => handle.stat())
    if (!stat.isFile()) throw new NotTaken('it is no plain file')
    if (user !== undefined && stat.uid !== user.uid) {
      throw new NotTaken('it belongs to another user than the task')
    }
    const folder = dirname(path)
    if ((await unlessItFails(() => realpath(folder))) !== folder) {
      throw new NotTaken('a folder above it is a link, and links are not followed')
    }
    const read: OpenedFile['read'] = (take) => readAll(handle, stat, take)
    return { size: stat.size, read, close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function readAll(
  handle: FileHandle,
  before: Stats,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(pieceBytes)
  for (let at = 0; at < before.size; ) {
    const length = Math.min(pieceBytes, before.size - at)
    const { bytesRead } = await unlessItFails(() => handle.read(buffer, 0, length, at))
    if (bytesRead === 0) throw changed()
    const piece = buffer.subarray(0, bytesRead)
    hash.update(piece)
    await take(piece)
    at += bytesRead
  }
  const after = await unlessItFails(() => handle.stat())
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw changed()
  return hash.digest('hex')
}

function changed(): NotTaken {
  return new NotTaken('it changed while it was read')
}

async function unlessItFails<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw new NotTaken(`it cannot be read (${systemCode(error) ?? 'unknown error'})`)
  }
}
