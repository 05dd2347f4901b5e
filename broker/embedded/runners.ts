/** The runners that the broker knows, by the hash of their token. */
import { equalDigests, sha256hex } from '../../lib/ids.ts'

/** Runner id -> SHA-256 of its token, hex. */
export type TokenHashes = ReadonlyMap<number, string>

/** As much of a connection as matters here. */
export interface Closable {
  once(event: 'close', leave: () => void): unknown
  destroy(reason: Error): unknown
}

export interface KnownRunners {
  /** True if `token` is the token of runner `id`. An unknown id takes as long as a wrong token. */
  accepts(id: number, token: Uint8Array): boolean
  /** Runner `id` came in by `connection`, which from now on lives no longer than its token. */
  enter(id: number, connection: Closable): void
  /** Makes exactly these known, and closes the connections of all that are gone or have another token. */
  replace(hashes: TokenHashes): void
}

const nobody = sha256hex('')

export function knownRunners(hashes: TokenHashes): KnownRunners {
  let known = hashes
  const connections = new Map<number, Set<Closable>>()
  return {
    accepts(id, token) {
      const expected = known.get(id)
      const equal = equalDigests(sha256hex(token), expected ?? nobody)
      return equal && expected !== undefined
    },
    enter(id, connection) {
      const mine = connections.get(id) ?? new Set()
      connections.set(id, mine.add(connection))
      connection.once('close', () => {
        mine.delete(connection)
        if (mine.size === 0) connections.delete(id)
      })
    },
    replace(next) {
      const before = known
      known = next
      for (const [id, mine] of connections) {
        if (next.get(id) === before.get(id)) continue
        for (const connection of mine) connection.destroy(new Error('its token was revoked'))
      }
    },
  }
}
