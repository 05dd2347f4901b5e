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

/**
 * The same path for a command line: `/x` would be the machine's own there, and `-x` an option.
 * @param what it is the path of, for the error. @throws AppError `invalid`
 */
export function asArgument(what: string, path: string): string {
  const own = path.replace(/^\/+/, '')
  if (own !== '' && !own.startsWith('-')) return own
  throw new AppError(
    'invalid',
    `${what} ${JSON.stringify(path)}: expected a path in the repository`,
  )
}
