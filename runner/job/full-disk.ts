/** A task that filled the disk of its work tree: told as the reason, and undone for those after it. */
import { spaceAt } from '../../lib/free-space.ts'
import type { TaskUser } from './isolation.ts'
import type { JobLog } from './log.ts'
import { removeAs } from './remove.ts'
import { emptyTree, type Workspace } from './workspace.ts'

/** A disk with less free counts as full: a program that found no room may have left a little, bytes. */
const full = 1_048_576

export async function isFull({ tree }: Workspace): Promise<boolean> {
  const space = await spaceAt(tree)
  return space !== undefined && space.free < full
}

/**
 * Empties what is only kept so that the next task of the template is faster: the work tree, and the
 * home with the notes on it where that was not enough. Else the runner would take nothing any more.
 */
export async function makeRoom(workspace: Workspace, user: TaskUser | undefined, log: JobLog) {
  const { tree, home, notes } = workspace
  await log.line(`The disk of ${tree} is full: the work tree is emptied`)
  await emptyTree(tree, user)
  if (!(await isFull(workspace))) return
  await log.line(`It is still full: ${home} is emptied`)
  await emptyTree(home, user)
  await removeAs(undefined, [notes])
}
