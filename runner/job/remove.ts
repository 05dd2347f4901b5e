/** Removes what tasks have made, and makes room in it. Links are removed, never followed. */
import { lstatSync, mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { runTool } from '../../lib/tool.ts'
import type { TaskUser } from './isolation.ts'

/**
 * What belongs to another user is removed as that user: he could exchange a folder for a link to
 * /etc between two steps of a removal by root. What is itself in a folder that is not his stays,
 * empty, to be removed by its owner. Resolves also when something could not be removed.
 */
export async function removeAs(user: TaskUser | undefined, paths: readonly string[]) {
  if (user === undefined) {
    for (const path of paths) await rm(path, { recursive: true, force: true })
    return
  }
  const env = { PATH: process.env.PATH ?? '' }
  await runTool('rm', ['-rf', '--', ...paths], { env, cwd: '/', user, fix: 'install coreutils' })
}

/** Makes a folder inside one that belongs to that user, for the same reason as that user. */
export async function makeAs(user: TaskUser | undefined, path: string): Promise<void> {
  if (user === undefined) return void mkdirSync(path, { mode: 0o700 })
  const env = { PATH: process.env.PATH ?? '' }
  await runTool('mkdir', ['-m', '700', '--', path], {
    env,
    cwd: '/',
    user,
    fix: 'install coreutils',
  })
}

/** The user to whom it belongs; undefined = this one, or there is nothing. */
export function ownerOf(path: string): TaskUser | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found === undefined || found.uid === process.getuid?.() ? undefined : found
}
