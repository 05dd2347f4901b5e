/** What changed, told after the commit that made it true. Wakes dispatch and feed; carries no truth. */
import type { TaskStatus } from '../../broker/states.ts'
import type { KeysOnRecord } from '../core/sealing.ts'

export type Change =
  | {
      kind: 'task'
      task: number
      project: number
      template: number
      status: TaskStatus
      requeued?: boolean
    }
  /** Its runner is to be told; it will soon ask for the whole job. */
  | { kind: 'offered'; task: number; attempt: number; runner: number }
  | { kind: 'log'; task: number; attempt: number; nextSeq: number }
  | { kind: 'runner'; runner: number }
  /** Its public keys, as they are on record from now on. */
  | { kind: 'keys'; runner: number; keys: KeysOnRecord }
  /** Raised with its text, or cleared. */
  | { kind: 'alarm'; runner: number; alarm: string; text: string | null }
  /** A template, inventory or project: with its tag or limit another task may go now. */
  | { kind: 'rules' }
  | { kind: 'cancel'; task: number; attempt: number; runner: number; force: boolean }
  /** A person's word for a job that waits for it. */
  | { kind: 'answer'; task: number; attempt: number; runner: number; confirmed: boolean }
  | { kind: 'delivery' }
  /** New or changed: the next time to run may be another. */
  | { kind: 'schedule' }
  /** What proves that the database was put back from a backup; `held` tasks wait for a person now. */
  | { kind: 'restored'; found: readonly string[]; held: number }
  /** The last thing that waited for a person is decided. */
  | { kind: 'reviewed' }
  /** The runner is to say hello again, since a person has decided on what it has. */
  | { kind: 'identify'; runner: number }
  /** Somebody may less than before: whoever is still being answered is looked at again. */
  | { kind: 'access' }
  /** Not yet true: a task is being put in the queue, and who looks now does so in its transaction. */
  | { kind: 'arriving' }
  /** The database is written again: whoever let something be while it was not looks again. */
  | { kind: 'writable' }

type Listener = (change: Change) => void

export class Changes {
  readonly #onError: (error: unknown) => void
  #listeners = new Set<Listener>()

  /** @param onError gets what a listener throws: the others are told all the same */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /** Calls `listener` for every change until `signal` aborts. It must not block. */
  listen(listener: Listener, signal: AbortSignal): void {
    if (signal.aborted) return
    this.#listeners.add(listener)
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true })
  }

  emit(changes: readonly Change[]): void {
    for (const change of changes)
      for (const listener of this.#listeners) this.#tell(listener, change)
  }

  #tell(listener: Listener, change: Change): void {
    try {
      listener(change)
    } catch (error) {
      this.#onError(error)
    }
  }
}
