import { realpath } from 'node:fs/promises'
import { join, normalize, sep } from 'node:path'
import { AppError, systemCode } from '../../lib/errors.ts'

/**
 * The real path of `path` inside the folder `root`, or undefined when there is nothing. Throws when
 * it leads out of it, by `..` or by a link: a repository must not make the runner read /etc/shadow.
 */
export async function inside(root: string, path: string): Promise<string | undefined> {
  if (path.includes('\0')) throw new AppError('invalid', 'a path holds a NUL byte')
  const outside = () => new AppError('forbidden', `${path}: leads out of the repository`)
  // Whether there is anything outside is not the repository's to learn.
  if (/^\.\.(\/|$)/.test(normalize(path))) throw outside()
  const top = await realpath(root)
  let real: string
  try {
    real = await realpath(join(top, path))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined
    throw error
  }
  if (real === top || real.startsWith(top === sep ? sep : top + sep)) return real
  throw outside()
}
