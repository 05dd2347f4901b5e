/**
 * What was put aside for a person to look at: damaged files, and journal and spool of a former
 * registration. The newest stay; a disk that fails every day must not fill itself with proofs of it.
 */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { lineOf, systemCode } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { stampOf } from './durable.ts'

export const putAsideLimits = { pieces: 20, bytes: 104_857_600 }

interface Piece {
  path: string
  bytes: number
  /** When it was put aside, as `stampOf`. */
  stamp: string
}

/** Removes the oldest beyond the limits, but never the newest. @param dir the runner's state folder */
export async function prunePutAside(
  dir: string,
  log: Log,
  { pieces: most, bytes: mostBytes } = putAsideLimits,
): Promise<void> {
  try {
    const pieces = [...(await piecesIn(dir)), ...(await piecesIn(join(dir, 'spool')))]
    pieces.sort((one, other) => (one.stamp < other.stamp ? 1 : -1))
    let bytes = 0
    for (const [index, { path, bytes: size }] of pieces.entries()) {
      bytes += size
      if (index === 0 || (index < most && bytes <= mostBytes)) continue
      await rm(path, { recursive: true, force: true })
      log.info('put aside long ago: removed', { path, bytes: size })
    }
  } catch (error) {
    log.warn('what was put aside long ago is not removed', { reason: lineOf(error) })
  }
}

async function piecesIn(dir: string): Promise<Piece[]> {
  const found = (await list(dir)).map(async (name) => {
    const stamp = stampIn(name)
    const path = join(dir, name)
    return stamp === undefined ? [] : [{ path, bytes: await sizeOf(path), stamp }]
  })
  return (await Promise.all(found)).flat()
}

/** `durable.ts` names damaged files, `identity.ts` the folder of a former registration. */
function stampIn(name: string): string | undefined {
  const former = /^former-(\d{1,15})$/.exec(name)?.[1]
  if (former !== undefined) return stampOf(Number(former))
  return /\.damaged-(\d{8}T\d{9}Z)$/.exec(name)?.[1]
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path)
  if (!found.isDirectory()) return found.size
  const sizes = (await list(path)).map((name) => sizeOf(join(path, name)))
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

async function list(dir: string): Promise<string[]> {
  return readdir(dir).catch((error) => {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  })
}
