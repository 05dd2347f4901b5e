/** `outstation runner register`, `rotate-keys` and `unregister` */
import { loadRunnerConfig } from '../runner/config.ts'
import { rotateKeys } from '../runner/keys.ts'
import { register } from '../runner/register.ts'
import { unregister } from '../runner/unregister.ts'
import { readStdin } from './stdin.ts'

export interface RegisterFlags {
  config?: string | false
  'stdin-registration-token'?: boolean
  'registration-token-file'?: string
  'ca-file'?: string
  'ca-fingerprint'?: string
}

export async function registerRunner(flags: RegisterFlags): Promise<void> {
  const config = loadRunnerConfig({ configFile: flags.config, env: process.env })
  const { id, tokenPlace } = await register(config, {
    registrationToken: flags['stdin-registration-token'] ? await readStdin() : undefined,
    registrationTokenFile: flags['registration-token-file'],
    caFile: flags['ca-file'],
    caFingerprint: flags['ca-fingerprint'],
  })
  console.log(`Registered as runner ${id}; its token is in ${tokenPlace}`)
}

export async function unregisterRunner(flags: { config?: string | false }): Promise<void> {
  const config = loadRunnerConfig({ configFile: flags.config, env: process.env })
  const known = await unregister(config)
  console.log(known ? 'Unregistered' : 'The server had removed this runner before; token deleted')
}

export async function rotateRunnerKeys(flags: { config?: string | false }): Promise<void> {
  const config = loadRunnerConfig({ configFile: flags.config, env: process.env })
  console.log(`Results are signed by key ${await rotateKeys(config)} from now on`)
}
