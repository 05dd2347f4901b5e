/** Which files of a work tree are meant by patterns: a walk down the folders that may hold one. */
import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../../lib/errors.ts'
import type { Glob, Position } from './glob.ts'

export interface FoundFile {
  /** Path below the root, with `/`. */
  name: string
  path: string
  /** The patterns that mean it. */
  globs: readonly Glob[]
  /** Why it cannot be taken; undefined = it is a file. */
  problem?: string
}

interface Folder {
  /** '' is the root. */
  name: string
  path: string
  at: readonly Standing[]
}

interface Standing {
  glob: Glob
  at: Position
}

/** Names that are looked at: a task that makes more has gone wrong. */
const mostNames = 1_000_000

/**
 * In the order of the folders. Links are never followed. What keeps it from looking further is told as a
 * file that cannot be taken.
 */
export async function* findFiles(root: string, globs: readonly Glob[]): AsyncGenerator<FoundFile> {
  const folders: Folder[] = [
    { name: '', path: root, at: globs.map((glob) => ({ glob, at: glob.start })) },
  ]
  let seen = 0
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      for await (const entry of await opendir(folder.path, { encoding: 'buffer' as 'utf8' })) {
        seen += 1
        if (seen > mostNames) return yield lost(folder, `there are over ${mostNames} names`)
        const { found, inside } = look(folder, entry)
        if (found !== undefined) yield found
        if (inside !== undefined) folders.push(inside)
      }
    } catch (error) {
      const code = systemCode(error)
      if (code === undefined) throw error
      yield lost(folder, `the folder cannot be read (${code})`)
    }
  }
}

function lost({ name, path, at }: Folder, problem: string): FoundFile {
  return { name: name || '.', path, globs: at.map(({ glob }) => glob), problem }
}

function look(folder: Folder, entry: Dirent): { found?: FoundFile; inside?: Folder } {
  const bytes = Buffer.from(entry.name)
  const own = bytes.toString()
  const at = folder.at
    .map(({ glob, at }) => ({ glob, at: glob.next(at, own) }))
    .filter(({ at }) => at.size > 0)
  if (at.length === 0) return {}
  const name = folder.name === '' ? own : `${folder.name}/${own}`
  const path = join(folder.path, own)
  const readable = Buffer.from(own).equals(bytes)
  if (entry.isDirectory() && readable) return { inside: { name, path, at } }
  const globs = at.filter(({ glob, at }) => glob.matches(at)).map(({ glob }) => glob)
  if (globs.length === 0) return {}
  const problem = readable ? unlessFile(entry) : 'its name is not UTF-8'
  return { found: { name, path, globs, ...(problem !== undefined && { problem }) } }
}

function unlessFile(entry: Dirent): string | undefined {
  if (entry.isFile()) return undefined
  return entry.isSymbolicLink() ? 'it is a link, and links are not followed' : 'it is no plain file'
}
