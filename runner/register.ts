/** `runner register`: a registration token becomes a runner's own token. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { AppError, lineOf } from '../lib/errors.ts'
import type { RunnerConfig } from './config.ts'
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
  /** Where the token lies now. */
  tokenPlace: string
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
  const { id, token } = await askServer<{ id: number; token: string }>(config, {
    method: 'POST',
    caFile,
    body: {
      registration_token: registrationToken,
      name,
      webhook,
      max_parallel_tasks,
      enabled,
      tags,
      ...(project_id === undefined ? {} : { project_id }),
    },
  })
  saveToken(config, token)
  return { id, tokenPlace: config.runner.token_file ?? String(config.file) }
}

function registrationTokenOf({ runner }: RunnerConfig, options: RegisterOptions): string {
  const { registrationToken, registrationTokenFile } = options
  const token =
    registrationToken ??
    (registrationTokenFile === undefined
      ? (runner.registration_token ?? readText(runner.registration_token_file))
      : readText(resolve(registrationTokenFile)))
  if (token?.trim()) return token.trim()
  throw new AppError('usage', 'registration token: expected one, got nothing', {
    fix: 'pipe it in with --stdin-registration-token, or give --registration-token-file FILE',
  })
}

function readText(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new AppError('config', `registration token file: ${lineOf(cause)}`, { cause })
  }
}
