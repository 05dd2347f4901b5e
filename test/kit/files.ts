/** What lies in a folder that others use at the same time, such as /dev/shm. */
import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Every file below it. A folder that a runner of another test has just removed holds none. */
export function filesBelow(folder: string): string[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return entry.isFile() ? [path] : []
  })
}
