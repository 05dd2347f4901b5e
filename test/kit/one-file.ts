import { execFile } from 'node:child_process'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')
const built = join(root, 'dist/one-file')

/** As `npm run build` does, and put there whole: other tests may be building or reading it. @returns its path */
export async function buildOneFile(): Promise<string> {
  const made = `${built}.${process.pid}`
  const vite = ['vite', 'build', 'cli', '--logLevel', 'warn', '--outDir', made]
  await promisify(execFile)('npx', vite, { cwd: root })
  await mkdir(built, { recursive: true })
  const path = join(built, 'outstation.mjs')
  await rename(join(made, 'outstation.mjs'), path)
  await rm(made, { recursive: true })
  return path
}
