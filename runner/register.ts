/** `runner register`: a registration token becomes a runner's own token. */
import { resolve } from 'node:path'
import { AppError } from '../lib/errors.ts'
import { readNamed } from '../lib/read-named.ts'
import type { RunnerConfig } from './config.ts'
import { Keyring, makePair, publicOf } from './disk/keyring.ts'
import type { ServerKey } from './keys.ts'
import { askServer } from './server-api.ts'
import { expectTokenPlace, saveToken } from './token.ts'
import { type Trust, trustServer } from './trust.ts'

export interface RegisterOptions extends Trust {
  /** Beats the configuration's own. */
  registrationToken?: string | undefined
  registrationTokenFile?: string | undefined
}

export interface Registered {
  id: number
  /** As it is now: with the token, and with whom to trust. */
  config: RunnerConfig
  /** Where the token lies now. */
  tokenPlace: string
}

interface Answer {
  id: number
  token: string
  /** Absent: the server is older than signatures. */
  server_key?: ServerKey
}

/** Registers, or registers anew: the former token is overwritten. */
export async function register(
  config: RunnerConfig,
  options: RegisterOptions = {},
): Promise<Registered> {
  const registrationToken = registrationTokenOf(config, options)
  expectTokenPlace(config)
  const caFile = await trustServer(config, options)
  const { name, webhook, max_parallel_tasks, enabled, project_id, tags } = config.runner
  const keys = makePair()
  const {
    id,
    token,
    server_key: server,
  } = await askServer<Answer>(config, {
    method: 'POST',
    caFile,
    body: {
      registration_token: registrationToken,
      name,
      webhook,
      max_parallel_tasks,
      enabled,
      tags,
      keys: publicOf(keys),
      ...(project_id === undefined ? {} : { project_id }),
    },
  })
  Keyring.write(config.runner.keys_file, { keys: [keys], ...(server && { server: server.key }) })
  saveToken(config, token)
  const runner = { ...config.runner, token, ca_file: caFile }
  return {
    id,
    config: { ...config, runner },
    tokenPlace: config.runner.token_file ?? String(config.file),
  }
}

/** What the command line says of the runner, before its configuration. Nothing else is registered. */
export interface Overrides {
  name?: string | undefined
  tags?: readonly string[] | undefined
  webhook?: string | undefined
  enabled?: boolean | undefined
  project_id?: number | undefined
}

export function withOverrides(config: RunnerConfig, overrides: Overrides): RunnerConfig {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined)
  return { ...config, runner: { ...config.runner, ...Object.fromEntries(given) } }
}

function registrationTokenOf({ runner }: RunnerConfig, options: RegisterOptions): string {
  const { registrationToken, registrationTokenFile: flag } = options
  const setting = runner.registration_token_file
  const token =
    registrationToken ??
    (flag && readNamed('--registration-token-file', resolve(flag))) ??
    runner.registration_token ??
    (setting && readNamed('runner.registration_token_file', setting))
  if (token?.trim()) return token.trim()
  throw new AppError('usage', 'registration token: expected one, got nothing', {
    fix: 'pipe it in with --stdin-registration-token, or give --registration-token-file FILE',
  })
}
