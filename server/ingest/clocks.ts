/**
 * Runners whose wall clock is far from ours: their logs show wrong times, and TLS may fail one day.
 * A hint for people; nothing is decided by a wall clock (D9).
 */
import { clearAlarm, raiseAlarm, runnersWithAlarm } from '../store/alarms.ts'
import type { Tx } from '../store/commit.ts'

/** Beyond this it is no slow link any more, ms. */
const mostMs = 5 * 60_000

/** For one batch of messages. */
export class Clocks {
  readonly #tx: Tx
  readonly #now: number
  #wrong: Promise<Set<number>> | undefined

  constructor(tx: Tx, now: number) {
    this.#tx = tx
    this.#now = now
  }

  /** @param aheadMs how far the clock is before ours; undefined: it did not say */
  async hear(runner: number, aheadMs: number | undefined): Promise<void> {
    if (aheadMs === undefined) return
    this.#wrong ??= runnersWithAlarm(this.#tx.db, 'clock')
    const wrong = await this.#wrong
    const off = Math.abs(aheadMs) > mostMs
    if (off === wrong.has(runner)) return
    if (off) {
      wrong.add(runner)
      await raiseAlarm(this.#tx, runner, 'clock', skewText(aheadMs), this.#now)
    } else {
      wrong.delete(runner)
      await clearAlarm(this.#tx, runner, 'clock', this.#now)
    }
  }
}

function skewText(aheadMs: number): string {
  const seconds = Math.round(Math.abs(aheadMs) / 1000)
  const [days, hours, minutes] = [seconds / 86_400, seconds / 3600, seconds / 60].map(Math.floor)
  const how = days ? `${days} d ${(hours ?? 0) % 24} h` : `${hours} h ${(minutes ?? 0) % 60} min`
  const which = aheadMs > 0 ? 'ahead of' : 'behind'
  return `its clock is ${how} ${which} the server's; set the wrong one right, by NTP for example`
}
