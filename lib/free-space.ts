/** How much room a disk has, and how little is too little. */
import { statfs } from 'node:fs/promises'

/** Of a file system, in bytes; `free` is what others than root may use. */
export interface Space {
  free: number
  size: number
}

/** @returns undefined where nobody can tell: some file systems of FUSE say 0 of 0 */
export async function spaceAt(path: string): Promise<Space | undefined> {
  try {
    const { bavail, blocks, bsize } = await statfs(path)
    return blocks > 0 ? { free: bavail * bsize, size: blocks * bsize } : undefined
  } catch {
    return undefined
  }
}

/** Whether less than `wanted` bytes are free; of a small disk a twentieth is enough. */
export function isLow(space: Space | undefined, wanted: number): boolean {
  return space !== undefined && space.free < Math.min(wanted, space.size / 20)
}
