/** `outstation runner register`, `rotate-keys` and `unregister` */
import { rotateKeys } from '../runner/keys.ts'
import {
  type Overrides,
  type RegisterOptions,
  register,
  withOverrides,
} from '../runner/register.ts'
import { unregister } from '../runner/unregister.ts'
import { type ConfigFlags, runnerConfig } from './config/load.ts'
import { expectWebUrl, numberOf } from './flag-values.ts'
import { readStdin } from './stdin.ts'

export interface RegisterFlags extends ConfigFlags {
  'stdin-registration-token'?: boolean
  'registration-token-file'?: string
  'ca-file'?: string
  'ca-fingerprint'?: string
  name?: string
  /** With commas between them. */
  tags?: string
  webhook?: string
  enabled?: boolean
  'project-id'?: string
}

export async function registerRunner(flags: RegisterFlags): Promise<void> {
  const config = withOverrides(runnerConfig(flags), overridesOf(flags))
  const { id, tokenPlace } = await register(config, await registrationOf(flags))
  console.log(`Registered as runner ${id}; its token is in ${tokenPlace}`)
}

export function overridesOf(flags: RegisterFlags): Overrides {
  const { name, tags, webhook, enabled, 'project-id': project } = flags
  return {
    name,
    tags: tags?.split(',').map((tag) => tag.trim()),
    webhook: webhook === undefined ? undefined : expectWebUrl('webhook', webhook),
    enabled,
    project_id: numberOf('project-id', project),
  }
}

export async function registrationOf(flags: RegisterFlags): Promise<RegisterOptions> {
  return {
    registrationToken: flags['stdin-registration-token'] ? await readStdin() : undefined,
    registrationTokenFile: flags['registration-token-file'],
    caFile: flags['ca-file'],
    caFingerprint: flags['ca-fingerprint'],
  }
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
