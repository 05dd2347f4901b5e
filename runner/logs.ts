/** The spools of the attempts in the journal, each tied to the uplink that sends it. */
import { join } from 'node:path'
import type { DamageReport } from '../broker/messages.ts'
import type { Clock } from '../lib/clock.ts'
import { lineOf } from '../lib/errors.ts'
import { isLow, spaceAt } from '../lib/free-space.ts'
import type { Log } from '../lib/log.ts'
import { keyOf } from './core/state.ts'
import { openSpool, type Spool } from './disk/spool.ts'
import { sweepSpools } from './disk/spools.ts'
import type { Uplink } from './link/uplink.ts'
import type { Shortages } from './shortages.ts'

export interface LogsContext {
  /** The runner's state folder. */
  dataDir: string
  /** Bytes that one log may take on disk before its head, once acked, is dropped. */
  cap: number
  uplink: Uplink
  onDamage(report: DamageReport): Promise<void>
  shortages: Shortages
  clock: Clock
  random: () => number
  log: Log
}

/** Bytes that a file which comes back must leave free. */
const leftFree = 50 * 1_048_576

export class Logs {
  readonly #context: LogsContext
  readonly #folder: string
  readonly #spools = new Map<string, Spool>()

  constructor(context: LogsContext) {
    this.#context = context
    this.#folder = join(context.dataDir, 'spool')
  }

  /** Opens the log of an attempt, new or left by an earlier process, and lets the uplink have it. */
  async open(task: number, attempt: number): Promise<Spool> {
    const { uplink, shortages, ...options } = this.#context
    const spool = await openSpool(this.#folder, task, attempt, {
      ...options,
      onWait: (reason) => shortages.set(`log ${keyOf({ task, attempt })}`, reason),
    })
    this.#spools.set(keyOf({ task, attempt }), spool)
    spool.onSynced(() => uplink.grown(task, attempt))
    uplink.attach(task, attempt, spool)
    return spool
  }

  /** Whether so much can be written and the disk has enough left for those logs that grow. */
  async hasRoom(bytes: number): Promise<boolean> {
    const space = await spaceAt(this.#folder)
    // More than the cap never lies there at once.
    const taken = Math.min(bytes, this.#context.cap)
    return space === undefined || !isLow({ ...space, free: space.free - taken }, leftFree)
  }

  /** Drops a log that the server has, or that nobody wants. */
  discard(task: number, attempt: number): void {
    const { uplink, log } = this.#context
    const key = keyOf({ task, attempt })
    const spool = this.#spools.get(key)
    this.#spools.delete(key)
    uplink.detach(task, attempt)
    spool?.discard().catch((error: unknown) => {
      log.warn('log not removed', { task, attempt, reason: lineOf(error) })
    })
  }

  /** Removes what a crash kept from being discarded. To be called before any is opened. */
  async sweep(live: { has(key: string): boolean }): Promise<void> {
    for (const name of await sweepSpools(this.#folder, live)) {
      this.#context.log.info('log of a forgotten attempt removed', { ...name })
    }
  }

  async close(): Promise<void> {
    for (const spool of this.#spools.values()) await spool.close()
    this.#spools.clear()
  }
}
