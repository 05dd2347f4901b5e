/** All spools of a runner: what an earlier process left behind. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { keyOf } from '../core/state.ts'
import { listSegments } from './open-segments.ts'
import type { AttemptName } from './segment.ts'

/** The attempts that have a log in `dir`, each once. */
export async function listSpools(dir: string): Promise<AttemptName[]> {
  return distinct(await listSegments(dir))
}

/**
 * Removes the logs of attempts that are not `live`: they were forgotten, and a crash came before
 * their spool was discarded. For the start, when no spool is open. Returns what it removed.
 */
export async function sweepSpools(
  dir: string,
  live: { has(key: string): boolean },
): Promise<AttemptName[]> {
  const dead = (await listSegments(dir)).filter((segment) => !live.has(keyOf(segment)))
  for (const { path } of dead) await rm(path, { force: true })
  // A crash came before these got their name, so nothing in them was ever promised.
  const unfinished = (await readdir(dir)).filter((name) => name.endsWith('.spool.new'))
  for (const name of unfinished) await rm(join(dir, name), { force: true })
  return distinct(dead)
}

function distinct(names: AttemptName[]): AttemptName[] {
  const byKey = new Map(
    names.map(({ task, attempt }) => [keyOf({ task, attempt }), { task, attempt }]),
  )
  return [...byKey.values()]
}
