/**
 * Who is there: counted from the last message received, by this server's monotonic clock (D9). Any
 * traffic of the current session counts. A runner that is away keeps what it was granted; what it was
 * only offered goes back to the queue.
 */
import type { Clock } from '../../lib/clock.ts'
import { decideWithdraw } from '../core/wish.ts'
import { liveViews, saveDecision } from '../store/attempts.ts'
import type { Tx } from '../store/commit.ts'
import { listRunners, updateRunner } from '../store/runners.ts'

export class Leases {
  readonly #heard = new Map<number, number>()
  readonly #clock: Clock
  readonly #leaseMs: number

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock
    this.#leaseMs = leaseMs
  }

  heard(runner: number): void {
    this.#heard.set(runner, this.#clock.monotonic())
  }

  /** Runners that were heard by this server, and not within the lease. They are forgotten here. */
  lapsed(): number[] {
    const oldest = this.#clock.monotonic() - this.#leaseMs
    const lapsed = [...this.#heard].filter(([, at]) => at < oldest).map(([runner]) => runner)
    for (const runner of lapsed) this.#heard.delete(runner)
    return lapsed
  }
}

export async function markOffline(tx: Tx, runner: number, now: number): Promise<void> {
  await updateRunner(tx, runner, { online: false })
  for (const view of await liveViews(tx.db, runner)) {
    await saveDecision(tx, view, decideWithdraw(view), now)
  }
}

/** At start nobody is there until heard: who was online before may have gone meanwhile, for ever. */
export async function markAllOffline(tx: Tx, now: number): Promise<void> {
  for (const { id, online } of await listRunners(tx.db)) {
    if (online) await markOffline(tx, id, now)
  }
}
