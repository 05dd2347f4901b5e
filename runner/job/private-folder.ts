import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { AppError, systemCode } from '../../lib/errors.ts'

/**
 * Makes `path` a folder that only this user may enter, and refuses one that another user put there
 * first: below a world-writable tmp_path anybody can make `project_1` as a link or as his own folder.
 *
 * Synchronous, as all small steps before a task's process are: each takes microseconds, while a
 * promise for it waits for a thread, and a task that is to start waits for each of them.
 */
export function privateFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw cause
  }
  const found = lstatSync(path)
  const mine = process.getuid === undefined || found.uid === process.getuid()
  if (!found.isDirectory() || !mine) {
    throw new AppError('forbidden', `${path}: expected a folder of this user, found another's`, {
      fix: 'remove it or choose another tmp_path',
    })
  }
  if ((found.mode & 0o077) !== 0) chmodSync(path, 0o700)
  return path
}
