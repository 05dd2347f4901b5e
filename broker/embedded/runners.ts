/** The runners that the broker knows, by the hash of their token. */
import { equalDigests, sha256hex } from '../../lib/ids.ts'

/** Runner id -> SHA-256 of its token, hex. */
export type TokenHashes = ReadonlyMap<number, string>

export interface KnownRunners {
  /** True if `token` is the token of runner `id`. An unknown id takes as long as a wrong token. */
  accepts(id: number, token: Uint8Array): boolean
  /** Makes exactly these known. @returns the ids that are gone or have another token now. */
  replace(hashes: TokenHashes): number[]
}

const nobody = sha256hex('')

export function knownRunners(hashes: TokenHashes): KnownRunners {
  let known = hashes
  return {
    accepts(id, token) {
      const expected = known.get(id)
      const equal = equalDigests(sha256hex(token), expected ?? nobody)
      return equal && expected !== undefined
    },
    replace(next) {
      const changed = [...known].filter(([id, hash]) => next.get(id) !== hash).map(([id]) => id)
      known = next
      return changed
    },
  }
}
