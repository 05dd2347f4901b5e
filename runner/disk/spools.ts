/** All spools of a runner: what an earlier process left behind. */
import { rm } from 'node:fs/promises'
import { keyOf } from '../core/state.ts'
import { makeFolder } from './durable.ts'
import { listSegments } from './open-segments.ts'
import type { AttemptName } from './segment.ts'

/** The attempts that have a log in `dir`, each once. */
export async function listSpools(dir: string): Promise<AttemptName[]> {
  await makeFolder(dir)
  const segments = await listSegments(dir)
  return [
    ...new Map(
      segments.map(({ task, attempt }) => [keyOf({ task, attempt }), { task, attempt }]),
    ).values(),
  ]
}

/**
 * Removes the logs of attempts that are not `live`: they were forgotten, and a crash came before
 * their spool was discarded. For the start, when no spool is open. Returns what it removed.
 */
export async function sweepSpools(
  dir: string,
  live: { has(key: string): boolean },
): Promise<AttemptName[]> {
  const dead = (await listSpools(dir)).filter((name) => !live.has(keyOf(name)))
  for (const { path, task, attempt } of await listSegments(dir)) {
    if (!live.has(keyOf({ task, attempt }))) await rm(path, { force: true })
  }
  return dead
}
