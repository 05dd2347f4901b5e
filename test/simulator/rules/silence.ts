/**
 * D7: only a runner can be silent. While the server has no link or stands still it hears nobody, and what it
 * did not hear then is held against nobody: a whole lease, a whole grace begins with it hearing again.
 */
import type { Change } from '../database/tables.ts'
import type { Story } from '../story.ts'

/** A time in which the server was there to hear runners, simulated ms. */
interface Spell {
  from: number
  to: number
}

/** What was decided may have waited so long for its turn to be written, ms. */
const slackMs = 100

export class SilenceRules {
  readonly #story: Story
  readonly #leaseMs: number
  readonly #graceMs: number
  readonly #spells: Spell[] = []

  constructor(story: Story, { leaseMs, graceMs }: { leaseMs: number; graceMs: number }) {
    this.#story = story
    this.#leaseMs = leaseMs
    this.#graceMs = graceMs
  }

  /** From now on it hears, or does not. */
  hears(isSo: boolean, now: number): void {
    const last = this.#spells.at(-1)
    if (last?.to === Number.POSITIVE_INFINITY) last.to = now
    if (isSo) this.#spells.push({ from: now, to: Number.POSITIVE_INFINITY })
  }

  /** @param at when the transaction began, simulated ms */
  onCommit(changes: readonly Change[], at: number): void {
    const [leaseMs, graceMs] = [this.#leaseMs, this.#graceMs]
    for (const { table, before, after } of changes) {
      if (table !== 'tasks' || before === undefined || after === undefined) continue
      const becomes = (status: string) => after.status === status && before.status !== status
      const requeued = Number(after.requeues) > Number(before.requeues)
      const givenUp = becomes('error') && String(after.reason).includes('stopped responding')
      if (becomes('unreachable')) this.#hold(`${after.id} is unreachable`, leaseMs, at)
      if (requeued || givenUp) this.#hold(`${after.id} is given up`, leaseMs + graceMs, at)
    }
  }

  #hold(what: string, ms: number, at: number): void {
    const heardFor = Math.max(
      0,
      ...this.#spells.slice(-2).map(({ from, to }) => (to + slackMs < at ? 0 : at - from)),
    )
    if (heardFor + slackMs >= ms) return
    this.#story.fail(`task ${what}, though the server had listened for ${heardFor} ms only`)
  }
}
