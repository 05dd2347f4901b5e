/** What the server says as itself, and to whom: its signing key, and the runners' keys on record. */
import type { Voice } from '../broker/seal/voice.ts'
import { AppError } from '../lib/errors.ts'
import { type KeysOnRecord, publicKeysOf, whyNoJob } from './core/sealing.ts'
import type { SigningKey } from './signing-key.ts'
import type { Store } from './store/open.ts'
import { keysOnRecord } from './store/runners.ts'

export interface VoiceContext {
  store: Store
  signing: Pick<SigningKey, 'sign'>
  /** A runner without keys gets nothing. */
  requireSealed: boolean
  signal: AbortSignal
}

/** Keys that are put on record are in use as soon as their commit has told of them. */
export async function openVoice(context: VoiceContext): Promise<Voice> {
  const { store, signing, requireSealed, signal } = context
  const known = new Map<number, KeysOnRecord>()
  store.changes.listen((change) => {
    if (change.kind === 'keys') known.set(change.runner, change.keys)
  }, signal)
  for (const [runner, keys] of await keysOnRecord(store.read)) known.set(runner, keys)
  return {
    keysOf: (runner) => publicKeysOf(known.get(runner)),
    expectOpen(runner) {
      const reason = whyNoJob(known.get(runner) ?? null, requireSealed)
      if (reason === undefined) return
      throw new AppError('forbidden', `runner ${runner} gets no job: ${reason}`)
    },
    sign: (topic, text) => signing.sign(topic, text),
  }
}
