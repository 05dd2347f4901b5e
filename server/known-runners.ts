/** Keeps the broker's knowledge of runners equal to the database, whatever happened to either. */
import { isDeepStrictEqual } from 'node:util'
import type { Credentials, RunnerCredential } from '../broker/credentials.ts'
import { backoff } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'
import { lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { oneAtATime } from '../lib/one-at-a-time.ts'
import { type Cipher, runnerTokenPurpose } from './store/cipher.ts'
import type { Store } from './store/open.ts'
import { isRegistered, listRunners, type RunnerRow } from './store/runners.ts'

export interface KnownRunnersContext {
  store: Store
  cipher: Cipher
  credentials: Credentials
  clock: Clock
  random: () => number
  log: Log
  signal: AbortSignal
}

export interface KnownRunners {
  /** The same calls; one that fails is made good by telling the broker everything again. */
  credentials: Credentials
  /** Tells the broker everything: at start, and when it may have forgotten. Tries until it succeeds. */
  tellAll(): void
}

const retry = { first: 1_000, cap: 60_000 }

export function keepRunnersKnown(context: KnownRunnersContext): KnownRunners {
  const { credentials, clock, random, log, signal } = context
  const tellAll = oneAtATime(async () => {
    for (let tries = 0; !signal.aborted; tries += 1) {
      try {
        return await sync(context)
      } catch (error) {
        log.error('the broker does not know every runner', { reason: lineOf(error) })
        await clock.sleep(backoff(tries, { ...retry, random }), signal).catch(() => {})
      }
    }
  })
  const orTellAll = async (call: Promise<void>) => {
    try {
      await call
    } catch (error) {
      tellAll()
      throw error
    }
  }
  return {
    tellAll,
    credentials: {
      sync: (runners) => credentials.sync(runners),
      put: (runner) => orTellAll(credentials.put(runner)),
      remove: (id) => orTellAll(credentials.remove(id)),
    },
  }
}

/** A runner made while the broker was being told would be taken for one that is gone: look again. */
async function sync({ store, cipher, credentials }: KnownRunnersContext): Promise<void> {
  const known = async () =>
    (await listRunners(store.read))
      .filter(isRegistered)
      .map((runner) => credentialOf(cipher, runner))
  let told: RunnerCredential[]
  let now = await known()
  do {
    told = now
    await credentials.sync(told)
    now = await known()
  } while (!isDeepStrictEqual(told, now))
}

function credentialOf(cipher: Cipher, runner: RunnerRow): RunnerCredential {
  const { id, token_hash: tokenHash, token_sealed: sealed } = runner
  const token = sealed === null ? undefined : cipher.open(runnerTokenPurpose(id), sealed)
  return { id, tokenHash, token }
}
