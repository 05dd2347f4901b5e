/** `outstation vault ..` */
import { AppError } from '../lib/errors.ts'
import { readNamed } from '../lib/read-named.ts'
import { checkVault, rekeyVault } from '../server/vault.ts'
import { type ConfigFlags, serverConfig } from './config/load.ts'
import { readStdin } from './stdin.ts'

export interface RekeyFlags extends ConfigFlags {
  'old-key-file'?: string
}

export async function check(flags: ConfigFlags): Promise<void> {
  const count = await checkVault(serverConfig(flags))
  console.log(`All ${count} secrets open with the configured key`)
}

/** The former key comes by a file or a pipe: everybody on this machine sees arguments. */
export async function rekey(flags: RekeyFlags): Promise<void> {
  const file = flags['old-key-file']
  if (file === undefined) {
    throw new AppError('usage', '--old-key-file: expected a file with the former key, got nothing')
  }
  const former = file === '-' ? await readStdin() : readNamed('--old-key-file', file)
  const config = serverConfig(flags)
  const count = await rekeyVault(config, former.trim())
  console.log(
    count === 0
      ? 'All secrets lie under the configured key already'
      : `${count} secrets lie under the configured key now`,
  )
}
