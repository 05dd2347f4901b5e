/** A repository on the runner's own disk: used where it lies, never written to, no program run. */
import { statSync } from 'node:fs'
import { AppError } from '../../../lib/errors.ts'
import type { JobSettings } from '../context.ts'
import type { JobLog } from '../log.ts'
import { type Commit, headOf } from './head.ts'

/** Throws AppError `forbidden` where the runner does not allow it, `repository` where it cannot be. */
export async function useInPlace(
  path: string,
  wanted: string,
  settings: JobSettings,
  log: JobLog,
): Promise<{ folder: string; commit: Commit | null }> {
  if (settings.allow_local_repositories === false) {
    throw new AppError('forbidden', `${path}: this runner does not allow local repositories`, {
      fix: 'use a URL, or set allow_local_repositories on the runner',
    })
  }
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new AppError('repository', `${path}: no such folder on this runner`)
  }
  const commit = await headOf(path)
  if (wanted && !commit?.hash.startsWith(wanted)) {
    throw new AppError(
      'repository',
      `${path}: is at ${commit?.hash ?? 'no commit'}, expected ${wanted}`,
      { fix: 'a local repository is used as it stands; check it out there or use a URL' },
    )
  }
  const at = commit ? `, HEAD is at ${commit.hash.slice(0, 7)} ${commit.message}` : ''
  await log.line(`Using ${path} in place${at}`)
  return { folder: path, commit }
}
