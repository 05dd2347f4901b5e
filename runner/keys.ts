/** Runner and server come to know each other's keys, over HTTPS: the broker has no part in it. */

import { keyId, type RunnerKeys } from '../broker/seal/keys.ts'
import type { Succession } from '../broker/seal/messages.ts'
import { follow, handOver } from '../broker/seal/succession.ts'
import { AppError, lineOf } from '../lib/errors.ts'
import type { RunnerConfig } from './config.ts'
import { Keyring, publicOf } from './disk/keyring.ts'
import { askServer } from './server-api.ts'
import { readToken } from './token.ts'

/** What a server signs with; `via` leads there from each older key. */
export interface ServerKey {
  key: string
  via: readonly Succession[]
}

interface Answer {
  id: number
  server_key?: ServerKey
  keys?: RunnerKeys | null
}

/**
 * At each start: the server's key is pinned, or found to be that one or its successor; ours are put on
 * record, or found there. @returns undefined if the server is older than signatures
 * @throws AppError `forbidden` if the server has another key, `conflict` if it has other keys of ours
 */
export async function settleKeys(
  config: RunnerConfig,
  token: string,
  { server_key: told, keys: onRecord }: Answer,
): Promise<Keyring | undefined> {
  if (told === undefined) return undefined
  const ring = Keyring.open(config.runner.keys_file)
  pin(ring, told)
  if (onRecord) expectOwn(ring, onRecord, config)
  else
    await askServer(config, { method: 'PUT', path: '/keys', token, body: publicOf(ring.current) })
  return ring
}

/** `runner rotate-keys`. @returns the name of the key that it signs with from now on */
export async function rotateKeys(config: RunnerConfig): Promise<string> {
  const token = readToken(config)
  if (token === undefined)
    throw new AppError('config', 'the runner has no token; register it first')
  const answer = await askServer<Answer>(config, { method: 'GET', token })
  const ring = await settleKeys(config, token, answer)
  if (ring === undefined) throw new AppError('config', 'the server is older than keys of runners')
  const [old, next] = [ring.current, ring.prepare()]
  const signature = handOver(answer.id, old.sign, publicOf(next))
  const body = { ...publicOf(next), signature }
  await askServer(config, { method: 'PUT', path: '/keys', token, body })
  ring.use(publicOf(next))
  return keyId(next.sign.public)
}

function pin(ring: Keyring, { key, via }: ServerKey): void {
  if (ring.server === undefined) return ring.pin(key)
  try {
    ring.pin(follow(ring.server, keyId(key), via))
  } catch (error) {
    throw new AppError('forbidden', `the server has another signing key: ${lineOf(error)}`, {
      fix: 'if it was set up anew, register this runner anew; else somebody is in its place',
    })
  }
}

function expectOwn(ring: Keyring, onRecord: RunnerKeys, { runner }: RunnerConfig): void {
  if (ring.use(onRecord)) return
  throw new AppError(
    'conflict',
    `${runner.keys_file}: expected the keys that the server has on record (${keyId(onRecord.sign)}), got others`,
    {
      fix: 'bring that file from where this runner ran before, or have its token replaced on the server, or register it anew',
    },
  )
}
