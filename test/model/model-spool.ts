/** The log of one attempt: records on disk survive a crash of the process, those in memory do not. */
import type { LogSource } from '../../runner/link/uplink.ts'
import type { Timeline } from '../kit/timeline.ts'
import type { Random } from '../simulator/random.ts'
import { sha256 } from './truth.ts'

export interface SpoolParts {
  timeline: Timeline
  random: Random
  onSynced(records: readonly string[]): void
}

export class ModelSpool implements LogSource {
  readonly #parts: SpoolParts
  readonly #disk: string[] = []
  #memory: string[] = []
  #grown: () => void = () => {}
  #flushed: (() => void)[] = []
  #syncing = false
  /** Counts the processes that had it open. */
  #life = 0

  constructor(parts: SpoolParts) {
    this.#parts = parts
  }

  open(grown: () => void): void {
    this.#grown = grown
  }

  readonly first = 0

  get synced(): number {
    return this.#disk.length
  }

  get bytes(): number {
    return Buffer.byteLength(this.#disk.join(''))
  }

  async read(seq: number): Promise<{ at: number; bytes: Uint8Array }> {
    const record = this.#disk[seq]
    if (record === undefined)
      throw new RangeError(`expected a record below ${this.synced}, got ${seq}`)
    const { timeline, random } = this.#parts
    await new Promise<void>((resolve) => timeline.after(random.int(0, 3), resolve))
    return { at: 0, bytes: Buffer.from(record) }
  }

  acked(): void {}

  linesFrom(): undefined {}

  write(record: string): void {
    this.#memory.push(record)
    this.#sync()
  }

  async flush(): Promise<{ records: number; bytes: number; sha256: string }> {
    while (this.#memory.length > 0) {
      await new Promise<void>((resolve) => this.#flushed.push(resolve))
    }
    return { records: this.#disk.length, bytes: this.bytes, sha256: sha256(this.#disk) }
  }

  /** The process died; a part of what it had in memory may have reached the disk. */
  crash(): void {
    this.#life += 1
    this.#syncing = false
    this.#toDisk(this.#parts.random.int(0, this.#memory.length))
    this.#memory = []
    this.#flushed = []
  }

  #sync(): void {
    if (this.#syncing) return
    this.#syncing = true
    const { timeline, random } = this.#parts
    const life = this.#life
    timeline.after(random.int(1, 60), () => {
      if (life !== this.#life) return
      this.#syncing = false
      this.#toDisk(this.#memory.length)
      this.#grown()
      for (const resolve of this.#flushed.splice(0)) resolve()
    })
  }

  #toDisk(count: number): void {
    const records = this.#memory.splice(0, count)
    this.#disk.push(...records)
    this.#parts.onSynced(records)
  }
}
