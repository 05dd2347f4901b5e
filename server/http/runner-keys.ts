/** The public keys of a runner on record: put there once, then replaced only by who has them. */
import { isDeepStrictEqual } from 'node:util'
import { keyId, type RunnerKeys } from '../../broker/seal/keys.ts'
import { isHandedOver } from '../../broker/seal/succession.ts'
import { AppError } from '../../lib/errors.ts'
import type { Also } from '../store/commit.ts'
import { findRunner, type RunnerRow, updateRunner } from '../store/runners.ts'
import type { HttpContext } from './context.ts'

/**
 * The token alone is not enough to replace keys: the operator of an external broker knows it, too.
 * @param signature by the key on record, of these; any text while there is none
 * @param also if they were not on record already
 * @throws AppError `conflict` if others are on record, and have not signed these
 */
export async function enrolKeys(
  { store, log }: Pick<HttpContext, 'store' | 'log'>,
  id: number,
  keys: RunnerKeys,
  signature: string,
  also: Also<RunnerRow>,
): Promise<void> {
  const fresh = await store.commit(async (tx) => {
    const runner = await findRunner(tx.db, id)
    const before = runner?.keys ?? null
    if (isDeepStrictEqual(before, keys)) return false
    if (before !== null && before !== 'awaited' && !isHandedOver(id, before, keys, signature)) {
      throw new AppError(
        'conflict',
        `runner ${id}: expected the keys on record (${keyId(before.sign)}) or new ones signed by them, got ${keyId(keys.sign)}`,
        { fix: 'bring its keys file along, or have its token replaced, which lets new keys in' },
      )
    }
    await updateRunner(tx, id, { keys })
    if (runner !== undefined) await also(tx, runner)
    return true
  })
  if (fresh) log.info('keys of a runner are on record', { runner: id, key: keyId(keys.sign) })
}

/** Names the key that a runner signs with, as the runner's own log does; null = it has none. */
export function keyIdOf({ keys }: Pick<RunnerRow, 'keys'>): string | null {
  return keys === null || keys === 'awaited' ? null : keyId(keys.sign)
}
