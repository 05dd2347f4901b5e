/**
 * Where a task works: `tmp_path/project_<p>/repository_<r>_template_<t>`, kept from task to task so
 * that the next one fetches little, with a home folder beside it. Two tasks of one template never
 * share a work tree: the second takes `.._2`, and so on.
 */
import { closeSync, openSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Job } from '../../broker/job.ts'
import { nonce } from '../../lib/ids.ts'
import type { TaskUser } from './isolation.ts'
import { ownerIsAlive, ownerStamp, stampPattern } from './owner.ts'
import { passage, privateFolder } from './private-folder.ts'
import { makeAs, ownerOf, removeAs } from './remove.ts'

export interface Workspace {
  /** The work tree. It exists and is empty before the first task. */
  tree: string
  /** HOME of the task: caches, ~/.ansible. */
  home: string
  /** Where the runner notes what it did for the task; not there before the first note. */
  notes: string
  /** Frees the work tree for the next task; its content stays. */
  close(): void
}

/** @param user whose the folders are; undefined = this user's */
export function openWorkspace(job: Job, tmpPath: string, user?: TaskUser): Workspace {
  const project = passage(join(tmpPath, `project_${job.project.id}`), user)
  const name = `repository_${job.repository.id}_template_${job.template.id}`
  for (let number = 1; ; number++) {
    const tree = join(project, number === 1 ? name : `${name}_${number}`)
    const close = claim(tree)
    if (!close) continue
    try {
      privateFolder(tree, user)
      const home = privateFolder(`${tree}_home`, user)
      return { tree, home, notes: `${tree}_notes`, close }
    } catch (error) {
      close()
      throw error
    }
  }
}

/** Empties a work tree that cannot be used. Links in it are removed, never followed. */
export async function emptyTree(tree: string, user?: TaskUser): Promise<void> {
  await removeAs(user, [tree])
  // That of a submodule lies in a folder of the user's own.
  if (user && ownerOf(dirname(tree))) return makeAs(user, tree)
  if (user) rmdirSync(tree)
  privateFolder(tree, user)
}

/**
 * Takes the tree, or returns undefined when another task of this or another runner has it. First
 * leave a claim beside it, then look for others' claims: of two that come at once at least one sees
 * the other and steps back, so never both stay. Claims of dead runners are removed by whoever meets
 * them; their names are never used again, so no live claim can be hit.
 */
export function claim(tree: string): (() => void) | undefined {
  const folder = join(tree, '..')
  const start = `${basename(tree)}.claim.`
  const mine = `${start}${ownerStamp}-${nonce()}`
  const close = () => rmSync(join(folder, mine), { force: true })
  closeSync(openSync(join(folder, mine), 'wx', 0o600))
  let free = true
  for (const other of readdirSync(folder)) {
    if (!other.startsWith(start) || other === mine) continue
    if (ownerIsAlive(stampPattern.exec(other.slice(start.length))?.[0] ?? '')) free = false
    else rmSync(join(folder, other), { force: true })
  }
  if (!free) close()
  return free ? close : undefined
}
