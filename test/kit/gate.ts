/** A gate that scripts wait at, so that a test decides when they go on. */
import { writeFile } from 'node:fs/promises'

/** In a script: waits until the gate at `path` (shell text, such as `$1`) is open. */
export function waitAt(path: string): string {
  return `until [ -e "${path}" ]; do sleep 0.02; done\n`
}

export async function openGate(path: string): Promise<void> {
  await writeFile(path, '')
}
