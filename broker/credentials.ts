/**
 * Which runners may connect, told to the broker live. Two implementations, one conformance suite:
 * the embedded broker's worker, and Mosquitto's dynamic security plugin. The database is the
 * truth; a broker that lost its memory is told everything again by `sync`.
 */
export interface RunnerCredential {
  id: number
  /** SHA-256 of the token, hex. */
  tokenHash: string
  /** The token itself: an external broker keeps a hash of its own and must be told it. */
  token?: string | undefined
}

export interface Credentials {
  /** Makes exactly these runners known. Others are removed and their connections closed. */
  sync(runners: readonly RunnerCredential[]): Promise<void>
  /** Adds a runner, or rotates its token: a live connection with the old one is closed within 1 s. */
  put(runner: RunnerCredential): Promise<void>
  /** Forgets a runner; a live connection is closed within 1 s. No error if it is not known. */
  remove(id: number): Promise<void>
}
