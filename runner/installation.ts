/**
 * Which installation of a runner this is, and where: by this the server tells a machine that was made
 * from a copy of another one's disk from that one when it has been started again.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Installation } from '../broker/messages.ts'
import { nonce, sha256hex } from '../lib/ids.ts'
import { writePrivate } from '../lib/private-file.ts'

/**
 * The id is made at the first start and lies beside the journal, so a copy of the folder has it too.
 * The place is another one in any other folder, on any other machine or container, and after a reboot;
 * within one place the lock of the folder lets only one process live.
 * @param folder the runner's state folder, which exists
 */
export function readInstallation(folder: string): Installation {
  const file = join(folder, 'installation')
  if (!existsSync(file)) writePrivate(file, `${nonce()}\n`)
  const id = readFileSync(file, 'utf8').trim()
  const host = hostname()
  const machine = ['/etc/machine-id', '/proc/sys/kernel/random/boot_id'].map(textOf)
  const place = sha256hex([id, host, ...machine, realpathSync(folder)].join('\n'))
  return { id, place: place.slice(0, 32), host }
}

/** Empty where the system has no such file. */
function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
}
