/** Whose journal this is: tasks are numbered by their server, attempts belong to one runner. */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../lib/log.ts'
import { writePrivate } from '../lib/private-file.ts'

export interface Identity {
  runner: number
  /** When its server made it. The address of a server may change, this does not. */
  registered: string
}

/**
 * A runner that was registered anew has another id, perhaps another server: what its journal says of
 * "task 7, attempt 1" is about a different task. Journal and spool are then put aside, not deleted.
 * @param folder the runner's state folder. @param now ms since the epoch
 */
export function settleIdentity(folder: string, identity: Identity, now: number, log: Log): void {
  const file = join(folder, 'identity.json')
  const text = `${JSON.stringify(identity)}\n`
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined
  if (before === text) return
  if (before !== undefined) putAside(folder, now, log)
  writePrivate(file, text)
}

function putAside(folder: string, now: number, log: Log): void {
  const former = join(folder, `former-${now}`)
  mkdirSync(former, { mode: 0o700 })
  for (const name of ['journal', 'spool']) {
    if (existsSync(join(folder, name))) renameSync(join(folder, name), join(former, name))
  }
  log.warn('registered anew: journal and logs of the former registration are put aside', { former })
}
