/** Saves what a server sends under a name that it chose: below one folder, and over nothing unasked. */
import { createHash } from 'node:crypto'
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { AppError, systemCode } from '../../lib/errors.ts'
import { nonce } from '../../lib/ids.ts'

export interface Wanted {
  /** Made if it is not there. */
  folder: string
  /** Path below it, with `/`. */
  name: string
  /** What its bytes must come to, hex. */
  sha256: string
  /** Replace what is there. */
  force: boolean
}

/**
 * A file that does not come whole leaves nothing behind.
 * @param body asked for once it is clear where it goes
 * @throws AppError `forbidden` for a name that leads out, `conflict` if there is something already,
 *   `unavailable` if what comes is not the whole file
 */
export async function saveFile(
  wanted: Wanted,
  body: () => Promise<AsyncIterable<Uint8Array>>,
): Promise<void> {
  const { name, sha256, force } = wanted
  const path = await placeOf(wanted)
  if (!force && (await isThere(path))) throw exists(name)
  const written = force ? `${path}.${nonce()}.part` : path
  const file = await open(written, 'wx').catch((error) => {
    throw systemCode(error) === 'EEXIST' ? exists(name) : notSaved(name, error)
  })
  try {
    const hash = createHash('sha256')
    for await (const piece of await body()) {
      hash.update(piece)
      await file.writeFile(piece)
    }
    if (hash.digest('hex') !== sha256) {
      throw new AppError('unavailable', `${name}: did not come whole`, { fix: 'try it again' })
    }
    await file.close()
    if (force) await rename(written, path)
  } catch (error) {
    await file.close().catch(() => {})
    await rm(written, { force: true })
    throw error instanceof AppError ? error : notSaved(name, error)
  }
}

/** What the system would not take for a part of one name. */
const foreign = sep === '/' ? /\0/ : /[\0\\:]/

/** Makes the folders on the way. None of them may be a link: it could lead anywhere. */
async function placeOf({ folder, name }: Wanted): Promise<string> {
  const names = name.split('/')
  if (names.some((one) => ['', '.', '..'].includes(one) || foreign.test(one))) {
    throw new AppError('forbidden', `${name}: is no path below a folder, and is not saved`)
  }
  try {
    await mkdir(folder, { recursive: true })
    let at = folder
    for (const one of names.slice(0, -1)) {
      at = join(at, one)
      await mkdir(at).catch((error) => {
        if (systemCode(error) !== 'EEXIST') throw error
      })
      if (!(await lstat(at)).isDirectory()) {
        throw new AppError('conflict', `${name}: ${at} is there and is no folder`)
      }
    }
    return join(at, names.at(-1) as string)
  } catch (error) {
    throw error instanceof AppError ? error : notSaved(name, error)
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined
}

function exists(name: string): AppError {
  return new AppError('conflict', `${name}: is there already`, {
    fix: 'give --force to replace it',
  })
}

function notSaved(name: string, cause: unknown): AppError {
  const why = systemCode(cause) ?? (cause instanceof Error ? cause.message : 'unknown error')
  return new AppError('unavailable', `${name}: not saved (${why})`, { cause })
}
