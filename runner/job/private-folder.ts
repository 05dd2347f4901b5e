import { chmodSync, chownSync, lstatSync, mkdirSync, type Stats } from 'node:fs'
import { AppError, systemCode } from '../../lib/errors.ts'
import type { TaskUser } from './isolation.ts'

/**
 * Makes `path` a folder that only this user may enter, or only the task's, and refuses one that
 * another user put there first: below a world-writable tmp_path anybody can make `project_1` as a
 * link or as his own folder.
 *
 * Synchronous, as all small steps before a task's process are: each takes microseconds, while a
 * promise for it waits for a thread, and a task that is to start waits for each of them.
 */
export function privateFolder(path: string, user?: TaskUser): string {
  if (user === undefined) return settle(path, 0o700)
  if (make(path)) chownSync(path, user.uid, user.gid)
  return settle(path, 0o700, user.uid)
}

/**
 * A folder of this user's through which the task's user comes to what is his: he can neither list
 * nor change it, so he cannot put a link where the runner is about to write.
 */
export function passage(path: string, user: TaskUser | undefined): string {
  if (user === undefined) return privateFolder(path)
  if (make(path)) chownSync(path, -1, user.gid)
  const folder = settle(path, 0o710)
  if (lstatSync(folder).gid !== user.gid) chownSync(folder, -1, user.gid)
  return folder
}

function made(path: string): Stats {
  make(path)
  return lstatSync(path)
}

/** true when it was not there. */
function make(path: string): boolean {
  try {
    return mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw cause
    return false
  }
}

function settle(path: string, mode: number, owner = process.getuid?.()): string {
  // As a rule it is there from the task before: one look, and nothing to make.
  const found = lstatSync(path, { throwIfNoEntry: false }) ?? made(path)
  const right = owner === undefined || found.uid === owner
  if (!found.isDirectory() || !right) {
    throw new AppError('forbidden', `${path}: expected a folder of this user, found another's`, {
      fix: 'remove it or choose another tmp_path',
    })
  }
  if ((found.mode & 0o777 & ~mode) !== 0 || (mode & ~found.mode & 0o077) !== 0)
    chmodSync(path, mode)
  return path
}
