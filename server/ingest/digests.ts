/** The running SHA-256 of each log that is coming in, files included: a result need not read it all again. */
import { createHash, type Hash } from 'node:crypto'
import { readAll } from '../store/chunks.ts'
import type { Knex } from '../store/owned.ts'

/** A chunk that became part of its log. */
export interface Appended {
  task: number
  attempt: number
  seq: number
  raw: Uint8Array
}

export interface Settled {
  appended: readonly Appended[]
  /** Logs that are over or begin anew. */
  closed: readonly Pick<Appended, 'task' | 'attempt'>[]
}

interface Running {
  hash: Hash
  /** The hash covers every chunk below this. */
  nextSeq: number
}

/** Attempts hashed at once; of the rest the digest is computed from the database when it is needed. */
const most = 10_000

export class LogDigests {
  #running = new Map<string, Running>()

  /** Attempts whose log is coming in. */
  get size(): number {
    return this.#running.size
  }

  /** Takes what a batch has committed. A short log begins and ends in one: closed is closed. */
  settle({ appended, closed }: Settled): void {
    for (const chunk of appended) this.#add(chunk)
    for (const { task, attempt } of closed) this.forget(task, attempt)
  }

  /** A chunk that does not continue what is here is left to `of`. */
  #add({ task, attempt, seq, raw }: Appended): void {
    const key = `${task}.${attempt}`
    let running = this.#running.get(key)
    if (running === undefined && seq === 0 && this.#running.size < most) {
      running = { hash: createHash('sha256'), nextSeq: 0 }
      this.#running.set(key, running)
    }
    if (running?.nextSeq !== seq) return
    running.hash.update(raw)
    running.nextSeq += 1
  }

  /** SHA-256 of the log as `db` has it, hex: what is hashed already plus what is not. */
  async of(db: Knex, task: number, attempt: number): Promise<string> {
    const running = this.#running.get(`${task}.${attempt}`)
    const hash = running?.hash.copy() ?? createHash('sha256')
    for await (const { bytes } of readAll(db, task, attempt, running?.nextSeq ?? 0)) {
      hash.update(bytes)
    }
    return hash.digest('hex')
  }

  forget(task: number, attempt: number): void {
    this.#running.delete(`${task}.${attempt}`)
  }
}
