/** The work tree of an earlier task, made fit for this one. */
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskUser } from '../isolation.ts'
import { removeAs } from '../remove.ts'
import { emptyTree } from '../workspace.ts'

/** In .git: what steers git elsewhere, and the locks of a git that was killed. */
const leavings = [
  ...['config', 'config.worktree', 'commondir', 'info', 'hooks'],
  ...['index.lock', 'HEAD.lock', 'config.lock', 'shallow.lock', 'packed-refs.lock'],
]

/**
 * true when the tree holds a repository of an earlier task. What that task may have left in git's
 * configuration (another URL, a filter, a proxy) is not read: both clients' init writes it anew.
 */
export async function prepareTree(tree: string, user?: TaskUser): Promise<boolean> {
  const git = join(tree, '.git')
  const found = await lstat(git).catch(() => undefined)
  if (!found?.isDirectory() || !(await exists(join(git, 'HEAD')))) {
    await emptyTree(tree, user)
    return false
  }
  const paths = leavings.map((name) => join(git, name))
  await removeAs(user, paths)
  return true
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined
}
