/**
 * What is measured is the program as it is installed: compiled. From its sources it would take half as
 * much memory again, and the start of a process takes a time that grows with the memory of its parent.
 */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

export interface Compiled {
  /** Holds what the root of the repository holds, as .js. */
  folder: string
  close(): Promise<void>
}

const root = dirname(import.meta.dirname)

export async function compile(): Promise<Compiled> {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-compiled-'))
  const close = () => rm(folder, { recursive: true, force: true })
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    await cp(join(root, 'package.json'), join(folder, 'package.json'))
    const tsc = join(root, 'node_modules/.bin/tsc')
    await promisify(execFile)(tsc, ['-p', join(root, 'bench'), '--outDir', folder])
    return { folder, close }
  } catch (error) {
    await close()
    throw error
  }
}
