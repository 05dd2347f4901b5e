/** The server has declined this runner: another installation has it. Go away, and come back later. */
import type { Log } from '../../lib/log.ts'

export interface RetreatContext {
  /** Leaves the broker for so many ms. */
  rest(ms: number): void
  random: () => number
  log: Log
}

/** Says why once, and again only when the reason is another; each try would say it for ever. */
export function createRetreat({ rest, random, log }: RetreatContext) {
  let said: string | undefined
  return (retryMs: number, reason: string): void => {
    if (reason !== said) log.warn('declined by the server; it is asked again', { reason })
    said = reason
    rest(retryMs * (1 + 0.1 * random()))
  }
}
