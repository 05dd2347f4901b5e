/** Tells the broker of every runner in the database: at start, and after each reconnect to it. */
import { isDeepStrictEqual } from 'node:util'
import type { Credentials, RunnerCredential } from '../broker/credentials.ts'
import { lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { type Cipher, runnerTokenPurpose } from './store/cipher.ts'
import type { Store } from './store/open.ts'
import { listRunners, type RunnerRow } from './store/runners.ts'

export interface KnownRunnersContext {
  store: Store
  cipher: Cipher
  credentials: Credentials
  log: Log
}

/**
 * An external broker that was restarted may have forgotten everything; the database has not. One that
 * is away must not keep the server from starting: it is told when the connection is there.
 */
export async function makeRunnersKnown(context: KnownRunnersContext): Promise<void> {
  const { store, cipher, credentials, log } = context
  const known = async () =>
    (await listRunners(store.read)).map((runner) => credentialOf(cipher, runner))
  try {
    let told: RunnerCredential[]
    let now = await known()
    // A runner made while the broker was being told would be taken for one that is gone: look again.
    do {
      told = now
      await credentials.sync(told)
      now = await known()
    } while (!isDeepStrictEqual(told, now))
  } catch (error) {
    log.error('the broker does not know every runner', { reason: lineOf(error) })
  }
}

function credentialOf(cipher: Cipher, runner: RunnerRow): RunnerCredential {
  const { id, token_hash: tokenHash, token_sealed: sealed } = runner
  const token = sealed === null ? undefined : cipher.open(runnerTokenPurpose(id), sealed)
  return { id, tokenHash, token }
}
