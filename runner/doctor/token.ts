/** Whether the server knows this runner, and by the same keys. */
import { existsSync } from 'node:fs'
import { keyId } from '../../broker/seal/keys.ts'
import { AppError } from '../../lib/errors.ts'
import type { RunnerConfig } from '../config.ts'
import { type ServerAnswer, tellNotKnown } from '../connection.ts'
import { Keyring, publicOf } from '../disk/keyring.ts'
import { askServer } from '../server-api.ts'
import { readToken } from '../token.ts'
import { type Finding, failed } from './finding.ts'

/** @returns what the server says of this runner, if it knows it */
export async function* examineToken(
  config: RunnerConfig,
): AsyncGenerator<Finding, (ServerAnswer & { token: string }) | undefined> {
  try {
    const token = readToken(config)
    if (token === undefined) {
      const says = 'this runner has none'
      const fix = 'outstation runner register, or set runner.token_file to its file'
      yield { check: 'token', state: 'failed', says, fix }
      return undefined
    }
    const answer = await askServer<ServerAnswer & { name: string }>(config, {
      method: 'GET',
      token,
    })
    yield { check: 'token', state: 'ok', says: `accepted: runner ${answer.id}, "${answer.name}"` }
    yield examineKeys(config, answer)
    return { ...answer, token }
  } catch (error) {
    yield failed('token', tellNotKnown(error))
    return undefined
  }
}

function examineKeys({ runner }: RunnerConfig, { server_key, keys }: ServerAnswer): Finding {
  const check = 'keys'
  if (server_key === undefined) {
    return { check, state: 'note', says: 'the server is older than keys of runners' }
  }
  if (!keys) return { check, state: 'ok', says: 'none on record yet; they are made at the start' }
  const own = existsSync(runner.keys_file) ? ownKeys(runner.keys_file) : undefined
  if (own instanceof AppError) return failed(check, own)
  if (own?.sign === keys.sign) return { check, state: 'ok', says: `on record: ${keyId(keys.sign)}` }
  return {
    check,
    state: 'failed',
    says: `${runner.keys_file}: the server has other keys on record (${keyId(keys.sign)})`,
    fix: 'bring that file from where this runner ran before, or register it anew',
  }
}

function ownKeys(file: string) {
  try {
    return publicOf(Keyring.open(file).current)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}
