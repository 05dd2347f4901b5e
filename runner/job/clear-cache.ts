/** Removes what is kept from task to task: work trees with their clones, homes, notes. */
import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ownerOf, removeAs } from './remove.ts'
import { claim } from './workspace.ts'

export interface Cleared {
  /** Work trees that are gone. */
  removed: number
  /** Those that a task works in at this moment; they stay. */
  busy: string[]
}

export interface WhatToClear {
  /** Only what is kept of this project. */
  project?: number | undefined
  /** Only these of the work trees. */
  trees?: readonly string[] | undefined
}

/** The runner may run meanwhile: a task that wants a tree that is being removed takes another one. */
export async function clearCache(
  tmpPath: string,
  { project, trees }: WhatToClear = {},
): Promise<Cleared> {
  const cleared: Cleared = { removed: 0, busy: [] }
  for (const tree of treesIn(tmpPath, project)) {
    if (trees?.includes(tree) === false) continue
    const release = claim(tree)
    if (release === undefined) {
      cleared.busy.push(tree)
      continue
    }
    try {
      for (const path of [tree, `${tree}_home`, `${tree}_notes`]) await remove(path)
      cleared.removed++
    } finally {
      release()
    }
  }
  return cleared
}

/** `project_1/repository_3_template_2_2`, in folders that are this user's own. */
function treesIn(tmpPath: string, project: number | undefined): string[] {
  const wanted = project === undefined ? /^project_\d+$/ : new RegExp(`^project_${project}$`)
  return names(tmpPath)
    .filter((name) => wanted.test(name) && isOurs(join(tmpPath, name)))
    .flatMap((project) =>
      names(join(tmpPath, project))
        .filter((name) => /^repository_\d+_template_\d+(_\d+)?$/.test(name))
        .map((name) => join(tmpPath, project, name)),
    )
}

/** What a task's user owns is emptied as that user; the folder itself lies in ours. */
async function remove(path: string): Promise<void> {
  const user = ownerOf(path)
  if (user !== undefined) await removeAs(user, [path])
  rmSync(path, { recursive: true, force: true })
}

function isOurs(folder: string): boolean {
  const found = lstatSync(folder)
  return found.isDirectory() && ownerOf(folder) === undefined
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
