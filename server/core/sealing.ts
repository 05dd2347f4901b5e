/** Whether jobs may go to a runner, by the keys that it has on record. Pure. */
import type { RunnerKeys } from '../../broker/seal/keys.ts'

/**
 * null: it never had any, as it is older than sealing. awaited: it had some, and its token was replaced:
 * whoever comes with the new one brings new keys before it gets anything.
 */
export type KeysOnRecord = RunnerKeys | 'awaited' | null

/** @returns why it is given no job, in one line for a person; undefined if it may be */
export function whyNoJob(keys: KeysOnRecord, requireSealed: boolean): string | undefined {
  if (keys === 'awaited') return 'its keys are not on record yet; start it with its new token'
  if (keys !== null || !requireSealed) return undefined
  return 'it has no keys, and runners.require_sealed is on; update it, and start it again'
}

export function publicKeysOf(keys: KeysOnRecord | undefined): RunnerKeys | undefined {
  return keys === 'awaited' ? undefined : (keys ?? undefined)
}
