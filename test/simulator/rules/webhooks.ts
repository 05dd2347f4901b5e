/** D5: with the end of a task come its webhooks, in the same commit; each event has one id for ever. */
import { isFinal, type TaskStatus } from '../../../broker/states.ts'
import type { Database } from '../database/database.ts'
import type { Change } from '../database/tables.ts'
import type { Story } from '../story.ts'

export class WebhookRules {
  readonly #story: Story
  readonly #database: Database
  readonly #ids = new Map<string, string>()

  constructor(story: Story, database: Database) {
    this.#story = story
    this.#database = database
  }

  onCommit(changes: readonly Change[]): void {
    for (const { table, after } of changes) {
      if (table === 'deliveries' && after !== undefined) {
        this.#sameId(String(after.once), String(after.message_id))
      }
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

  #sameId(event: string, id: string): void {
    const known = this.#ids.get(event)
    if (known !== undefined && known !== id) this.#story.fail(`${event} has two ids`)
    this.#ids.set(event, id)
  }
}
