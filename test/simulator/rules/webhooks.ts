/**
 * D5: with the end of a task come its webhooks, in the same commit; each event has one id for ever. What
 * arrives was committed before, byte for byte; what counts as delivered has arrived.
 */
import { isFinal, type TaskStatus } from '../../../broker/states.ts'
import type { Database } from '../database/database.ts'
import type { Change, Row } from '../database/tables.ts'
import type { Story } from '../story.ts'

export class WebhookRules {
  readonly #story: Story
  readonly #database: Database
  readonly #ids = new Map<string, string>()
  /** Messages that were committed, by their ids. */
  readonly #bodies = new Map<string, string>()
  readonly #arrived = new Set<string>()

  constructor(story: Story, database: Database) {
    this.#story = story
    this.#database = database
  }

  onCommit(changes: readonly Change[]): void {
    for (const { table, before, after } of changes) {
      if (table === 'deliveries' && after !== undefined) this.#written(before, after)
    }
    for (const { table, before, after } of changes) {
      if (table !== 'tasks' || after === undefined || !isFinal(after.status as TaskStatus)) continue
      if (before !== undefined && isFinal(before.status as TaskStatus)) continue
      const told = this.#database
        .rows('deliveries')
        .filter(({ task_id, event }) => task_id === after.id && event === 'task.finished')
      if (told.length !== 1) this.#story.fail(`task ${after.id} has ${told.length} webhooks`)
      this.#story.count('webhooks')
    }
  }

  /** The receiver has it. */
  arrived(id: string, body: string): void {
    const committed = this.#bodies.get(id)
    if (committed === undefined) this.#story.fail('a webhook was sent before it was committed')
    else if (committed !== body) this.#story.fail(`a webhook arrived as ${body}`)
    this.#story.happens(
      this.#arrived.has(id) ? 'webhooks that came again' : 'webhooks that came',
      'receiver',
    )
    this.#arrived.add(id)
  }

  /** What is still to be sent. */
  pending(): Row[] {
    return this.#database.rows('deliveries').filter(({ state }) => state === 'pending')
  }

  #written(before: Row | undefined, { once, message_id, body, state }: Row): void {
    const [event, id] = [String(once), String(message_id)]
    const known = this.#ids.get(event)
    if (known !== undefined && known !== id) this.#story.fail(`${event} has two ids`)
    this.#ids.set(event, id)
    this.#bodies.set(id, String(body))
    if (before?.state === state || state === 'pending') return
    if (state !== 'delivered') this.#story.fail(`the webhook of ${event} is given up`)
    else if (!this.#arrived.has(id)) this.#story.fail(`the webhook of ${event} never arrived`)
  }
}
