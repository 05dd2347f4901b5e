/** Files as Git LFS keeps them. */
import { spawnSync } from 'node:child_process'
import { sha256hex } from '../../lib/ids.ts'

/** The reason to skip what needs git-lfs, or false. */
export const noLfs = spawnSync('git-lfs', ['version']).error ? 'git-lfs is not installed' : false
if (noLfs && process.env.CI) throw new Error(noLfs)

export const attributes = '*.bin filter=lfs diff=lfs merge=lfs -text\n'

/** What lies in the repository in place of the file. */
export function pointerTo(content: string): string {
  const size = Buffer.byteLength(content)
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256hex(content)}\nsize ${size}\n`
}
