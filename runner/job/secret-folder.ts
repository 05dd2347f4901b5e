/**
 * The secrets of one task on this machine: files 0600 in a folder 0700, in memory (/dev/shm) where
 * there is such a thing, gone when the task ends. What a killed runner left is swept by the next.
 */
import { accessSync, constants } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nonce } from '../../lib/ids.ts'
import { ownerIsAlive, ownerStamp, stampPattern } from './owner.ts'
import { privateFolder } from './private-folder.ts'

const memory = '/dev/shm'
const prefix = 'outstation-'

export class SecretFolder {
  /** Holds secrets and sockets. */
  readonly path: string
  /** Holds scripts, never a secret: /dev/shm is mounted noexec in containers. */
  readonly #scripts: string

  private constructor(path: string, scripts: string) {
    this.path = path
    this.#scripts = scripts
  }

  static open(tmpPath: string): SecretFolder {
    const name = `${prefix}${ownerStamp}-${nonce()}`
    const path = privateFolder(join(memoryFolder() ?? tmpPath, name))
    return new SecretFolder(path, join(tmpPath, `${name}-scripts`))
  }

  /** Writes a file that only this user can read; returns its path. */
  async file(name: string, content: string): Promise<string> {
    const path = join(this.path, name)
    await writeFile(path, content, { mode: 0o600, flag: 'wx' })
    return path
  }

  /** Writes a program without secrets in it; returns its path. */
  async script(name: string, content: string): Promise<string> {
    await mkdir(this.#scripts, { mode: 0o700, recursive: true })
    const path = join(this.#scripts, name)
    await writeFile(path, content, { mode: 0o700, flag: 'wx' })
    return path
  }

  /** Removes a file or script before the end, so that what comes later cannot read it. */
  async remove(path: string): Promise<void> {
    await rm(path, { force: true })
  }

  async close(): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
    await rm(this.#scripts, { recursive: true, force: true })
  }
}

/** Removes the secrets of runners that are no more. */
export async function sweepSecrets(tmpPath: string): Promise<void> {
  for (const root of [memory, tmpPath]) {
    for (const name of await readdir(root).catch(() => [])) {
      const stamp = name.startsWith(prefix) ? stampPattern.exec(name)?.[0] : undefined
      if (stamp === undefined || ownerIsAlive(stamp)) continue
      // Another user's folder cannot be removed, and is not ours to report.
      await rm(join(root, name), { recursive: true, force: true }).catch(() => {})
    }
  }
}

function memoryFolder(): string | undefined {
  try {
    accessSync(memory, constants.W_OK | constants.X_OK)
    return memory
  } catch {
    return undefined
  }
}
