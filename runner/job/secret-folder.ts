/**
 * The secrets of one task on this machine: files 0600 in a folder 0700, in memory (/dev/shm) where
 * there is such a thing, gone when the task ends. What a killed runner left is swept by the next.
 */
import { accessSync, constants } from 'node:fs'
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { nonce } from '../../lib/ids.ts'
import type { TaskUser } from './isolation.ts'
import { ownerIsAlive, ownerStamp, stampPattern } from './owner.ts'
import { passage, privateFolder } from './private-folder.ts'
import { ownerOf, removeAs } from './remove.ts'

const memory = '/dev/shm'
const prefix = 'outstation-'
const ownName = 'own'

export class SecretFolder {
  /** Holds the secrets. */
  readonly path: string
  /** For sockets and the like, which the task's programs make themselves. */
  readonly own: string
  readonly user: TaskUser | undefined
  /** Holds scripts, never a secret: /dev/shm is mounted noexec in containers. */
  readonly #scripts: string

  private constructor(path: string, scripts: string, user: TaskUser | undefined) {
    this.path = path
    this.own = user ? privateFolder(join(path, ownName), user) : path
    this.user = user
    this.#scripts = scripts
  }

  /** @param user whose the files are; undefined = this user's */
  static open(tmpPath: string, user?: TaskUser): SecretFolder {
    const name = `${prefix}${ownerStamp}-${nonce()}`
    const path = passage(join(memoryFolder() ?? tmpPath, name), user)
    return new SecretFolder(path, join(tmpPath, `${name}-scripts`), user)
  }

  /** Writes a file that only the task's user can read; returns its path. */
  async file(name: string, content: string): Promise<string> {
    return this.#write(join(this.path, name), content, 0o600)
  }

  /** Writes a program without secrets in it; returns its path. */
  async script(name: string, content: string): Promise<string> {
    return this.#write(join(passage(this.#scripts, this.user), name), content, 0o700)
  }

  /** Removes a file or script before the end, so that what comes later cannot read it. */
  async remove(path: string): Promise<void> {
    await rm(path, { force: true })
  }

  async close(): Promise<void> {
    if (this.user) await removeAs(this.user, [this.own])
    await rm(this.path, { recursive: true, force: true })
    await rm(this.#scripts, { recursive: true, force: true })
  }

  /** Given away before there is anything in it. */
  async #write(path: string, content: string, mode: number): Promise<string> {
    const file = await open(path, 'wx', mode)
    try {
      if (this.user) await file.chown(this.user.uid, this.user.gid)
      await file.writeFile(content)
    } finally {
      await file.close()
    }
    return path
  }
}

/** Removes the secrets of runners that are no more. */
export async function sweepSecrets(tmpPath: string): Promise<void> {
  for (const root of [memory, tmpPath]) {
    for (const name of await readdir(root).catch(() => [])) {
      const stamp = name.startsWith(prefix) ? stampPattern.exec(name)?.[0] : undefined
      if (stamp === undefined || ownerIsAlive(stamp)) continue
      const own = join(root, name, ownName)
      const user = ownerOf(join(root, name)) ?? ownerOf(own)
      if (user && process.getuid?.() === 0) await removeAs(user, [own])
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
