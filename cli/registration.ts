/** `outstation runner register`, `rotate-keys` and `unregister` */
import { rotateKeys } from '../runner/keys.ts'
import { register } from '../runner/register.ts'
import { unregister } from '../runner/unregister.ts'
import { type ConfigFlags, runnerConfig } from './config/load.ts'
import { readStdin } from './stdin.ts'

export interface RegisterFlags extends ConfigFlags {
  'stdin-registration-token'?: boolean
  'registration-token-file'?: string
  'ca-file'?: string
  'ca-fingerprint'?: string
}

export async function registerRunner(flags: RegisterFlags): Promise<void> {
  const config = runnerConfig(flags)
  const { id, tokenPlace } = await register(config, {
    registrationToken: flags['stdin-registration-token'] ? await readStdin() : undefined,
    registrationTokenFile: flags['registration-token-file'],
    caFile: flags['ca-file'],
    caFingerprint: flags['ca-fingerprint'],
  })
  console.log(`Registered as runner ${id}; its token is in ${tokenPlace}`)
}

export async function unregisterRunner(flags: ConfigFlags): Promise<void> {
  const config = runnerConfig(flags)
  const known = await unregister(config)
  console.log(known ? 'Unregistered' : 'The server had removed this runner before; token deleted')
}

export async function rotateRunnerKeys(flags: ConfigFlags): Promise<void> {
  const config = runnerConfig(flags)
  console.log(`Results are signed by key ${await rotateKeys(config)} from now on`)
}
