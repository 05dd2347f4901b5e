/**
 * Takes nothing new while a disk that a task would need is nearly full. What runs may have the rest, and
 * the journal finds room for what it has to note.
 */
import type { Clock } from '../lib/clock.ts'
import { isLow, type Space, spaceAt } from '../lib/free-space.ts'
import type { Log } from '../lib/log.ts'
import { Sparing } from '../lib/sparing.ts'
import type { Shortages } from './shortages.ts'

export interface RoomOptions {
  /** Folders whose disks are looked at. */
  folders: readonly string[]
  /** Bytes that shall stay free on each; 0 = any may be used. */
  minFree: number
  space?: (path: string) => Promise<Space | undefined>
}

export interface RoomContext extends RoomOptions {
  shortages: Shortages
  clock: Clock
  log: Log
  signal: AbortSignal
}

const lookEveryMs = 5_000
const sayAgainMs = 60_000
/** So much more must be free before it takes tasks again. */
const enoughFactor = 1.2

/** Resolves when the first look is done; goes on looking until `signal` aborts. */
export async function watchRoom(context: RoomContext): Promise<void> {
  if (context.minFree === 0) return
  const short = new Set<string>()
  const sparing = new Sparing({ everyMs: sayAgainMs, clock: context.clock })
  const look = async () => {
    for (const folder of context.folders) await lookAt(folder, short, sparing, context)
  }
  await look()
  void (async () => {
    const { clock, signal } = context
    while (!signal.aborted) {
      await clock.sleep(lookEveryMs, signal).catch(() => {})
      if (!signal.aborted) await look()
    }
  })()
}

async function lookAt(
  folder: string,
  short: Set<string>,
  sparing: Sparing,
  { minFree, space = spaceAt, shortages, log }: RoomContext,
): Promise<void> {
  const found = await space(folder)
  const wasShort = short.has(folder)
  if (!isLow(found, wasShort ? minFree * enoughFactor : minFree)) {
    if (!short.delete(folder)) return
    shortages.set(folder, undefined)
    log.info('there is room for tasks again', { path: folder })
    return
  }
  short.add(folder)
  shortages.set(folder, `too little space is left at ${folder}`)
  if (sparing.happened(folder) === 0) return
  const freeMb = Math.floor((found?.free ?? 0) / 1_048_576)
  const fix = 'free some space there, or set another disk.min_free_mb'
  log.warn('nothing new is taken: too little space is left', { path: folder, free_mb: freeMb, fix })
}
