/**
 * How far a task's programs are kept from the runner and its machine. By default only by their
 * environment; as another user, without new rights or in namespaces where the runner's owner wants it.
 */
import type { Limit } from './limits.ts'
import { isThere } from './program.ts'

/** Who runs the programs and owns the files of a task, when that is not the runner's own user. */
export interface TaskUser {
  uid: number
  gid: number
}

export interface Isolation {
  user?: TaskUser | undefined
  /** A program by its full path, and its arguments; a task's own command comes after it. */
  wrapper: readonly string[]
  /** What each command may take of the machine. */
  limits?: readonly Limit[] | undefined
}

export const noIsolation: Isolation = { wrapper: [] }

/**
 * The command as it is started. undefined when its program is not there: a wrapper would tell that
 * by an exit code that nobody understands.
 */
export function wrapped(
  { wrapper }: Isolation,
  { program, args }: { program: string; args: readonly string[] },
  { folder, path = '' }: { folder: string; path: string | undefined },
): { program: string; args: readonly string[] } | undefined {
  const [first, ...rest] = wrapper
  if (first === undefined) return { program, args }
  if (!isThere(program, folder, path)) return undefined
  return { program: first, args: [...rest, program, ...args] }
}
