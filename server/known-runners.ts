/** Tells the broker of every runner in the database: at start, and after each reconnect to it. */
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
  try {
    const runners = await listRunners(store.read)
    await credentials.sync(runners.map((runner) => credentialOf(cipher, runner)))
  } catch (error) {
    log.error('the broker does not know every runner', { reason: lineOf(error) })
  }
}

function credentialOf(cipher: Cipher, runner: RunnerRow): RunnerCredential {
  const { id, token_hash: tokenHash, token_sealed: sealed } = runner
  const token = sealed === null ? undefined : cipher.open(runnerTokenPurpose(id), sealed)
  return { id, tokenHash, token }
}
