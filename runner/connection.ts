/** Who this runner is and where its broker is, asked of the server until it answers. */

import type { RunnerKeys } from '../broker/seal/keys.ts'
import { AppError } from '../lib/errors.ts'
import type { RunnerConfig } from './config.ts'
import { type ServerKey, settleKeys } from './keys.ts'
import type { Connection } from './main.ts'
import { type SeekContext, untilReached } from './patience.ts'
import { askServer } from './server-api.ts'
import { readToken } from './token.ts'
import { trusted } from './trust.ts'

export interface ServerAnswer {
  id: number
  registered: string
  mqtt: { urls: string[]; prefix: string }
  /** Absent: it is older than signatures. */
  server_key?: ServerKey
  /** Those on record. */
  keys?: RunnerKeys | null
}

/**
 * Keeps trying while the server is down, and says so once a minute.
 * @throws AppError `config` if the runner is not registered, `unauthenticated` if the server does
 * not know its token; or the signal's reason
 */
export async function findConnection(
  config: RunnerConfig,
  context: SeekContext,
): Promise<Connection> {
  const { ca_file, mqtt_url } = config.runner
  const token = expectToken(config)
  const ca = trusted(ca_file).join('\n')
  const answer = await seek(config, token, context)
  const { id, registered, mqtt } = answer
  const urls = mqtt_url ? [mqtt_url] : mqtt.urls
  const keyring = await settleKeys(config, token, answer)
  return { id, registered, token, urls, prefix: mqtt.prefix, ca, keyring }
}

async function seek(
  config: RunnerConfig,
  token: string,
  context: SeekContext,
): Promise<ServerAnswer> {
  const { signal } = context
  try {
    return await untilReached(
      () => askServer<ServerAnswer>(config, { method: 'GET', token, signal }),
      context,
    )
  } catch (error) {
    throw tellNotKnown(error)
  }
}

function expectToken(config: RunnerConfig): string {
  const token = readToken(config)
  if (token !== undefined) return token
  throw new AppError('config', 'the runner has no token', {
    fix: 'register it with `outstation runner register`, or set runner.token_file to its file',
  })
}

/** The server's 401 as what it means for a runner that was registered once; any other error as it is. */
export function tellNotKnown(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'unauthenticated') return error
  return new AppError('unauthenticated', `the server does not know this runner's token`, {
    fix: 'it was removed there; register it anew with `outstation runner register`',
    cause: error,
  })
}
