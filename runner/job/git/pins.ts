/** The runner's file of pinned host keys, in the hands of an ssh that may run as another user. */
import { appendFile, readFile } from 'node:fs/promises'
import { nonce } from '../../../lib/ids.ts'
import type { SecretFolder } from '../secret-folder.ts'

export interface Pins {
  /** For ssh to read, and to add what it sees for the first time. */
  path: string
  /** Keeps what was added. */
  close(): Promise<void>
}

/**
 * A task's user can neither reach the runner's own file nor may it change what is pinned in it: it
 * gets a copy, from which only additions are taken over.
 */
export async function openPins(knownHosts: string, secrets: SecretFolder): Promise<Pins> {
  if (secrets.user === undefined) return { path: knownHosts, close: async () => {} }
  const known = await readFile(knownHosts, 'utf8').catch(() => '')
  const path = await secrets.file(`known-hosts-${nonce()}`, known)
  return {
    path,
    async close() {
      const now = await readFile(path, 'utf8').catch(() => known)
      await secrets.remove(path)
      if (now === known || !now.startsWith(known)) return
      await appendFile(knownHosts, now.slice(known.length), { mode: 0o600 })
    },
  }
}
