/** What parent and worker thread say to each other. */
import type { Fields, Level } from '../../lib/log.ts'
import type { BrokerLimits } from './limits.ts'
import type { TokenHashes } from './runners.ts'

/** All that a worker needs to stand in for the one that died before it. */
export interface Boot {
  prefix: string
  tls: { cert: string; key: string }
  host: string
  /** 0 for the first worker lets the system choose; those after it get the same again. */
  port: number
  serverSocket: string
  runnerSocket: string
  serverPasswordHash: string
  limits: BrokerLimits
  runners: TokenHashes
  /** The memory of a `Tally`. */
  tally: SharedArrayBuffer
}

/** Parent -> worker, answered by `done`: exactly these runners are known, this is the certificate now. */
export type Order = { runners: TokenHashes } | { tls: Boot['tls'] }
export type Numbered = { seq: number; order: Order }

/** Worker -> parent. */
export type Report =
  | { kind: 'ready'; port: number }
  | { kind: 'failed'; code: string | undefined; message: string }
  | { kind: 'done'; seq: number }
  /** The runner has a connection from there. */
  | { kind: 'entered'; runner: number; address: string }
  | { kind: 'log'; level: Level; event: string; fields: Fields }
