/**
 * How much each runner has sent since midnight in UTC. It is counted in memory and written down now and
 * then: a server that is killed forgets the last minute.
 */
import type { Clock } from '../../lib/clock.ts'
import { Rounds } from '../../lib/rounds.ts'
import type { Store } from '../store/open.ts'
import { readTraffic, writeTraffic } from '../store/traffic.ts'

interface Parts {
  store: Pick<Store, 'read' | 'commit'>
  clock: Clock
  /** Aborts when the server is to stop. */
  signal: AbortSignal
}

const gatherMs = 60_000
const dayMs = 86_400_000

export class RunnerTraffic {
  readonly #parts: Parts
  readonly #rounds: Rounds
  readonly #unwritten = new Set<number>()
  #day: number
  #bytes: Map<number, number>

  private constructor(parts: Parts, day: number, bytes: Map<number, number>) {
    this.#parts = parts
    this.#rounds = new Rounds({ ...parts, everyMs: gatherMs, run: () => this.#write() })
    this.#day = day
    this.#bytes = bytes
  }

  static async open(parts: Parts): Promise<RunnerTraffic> {
    const day = dayOf(parts.clock)
    return new RunnerTraffic(parts, day, await readTraffic(parts.store.read, day))
  }

  /** A message of this runner came, of so many bytes. */
  heard(runner: number, bytes: number): void {
    const day = dayOf(this.#parts.clock)
    if (day !== this.#day) this.#bytes = new Map()
    this.#day = day
    this.#bytes.set(runner, (this.#bytes.get(runner) ?? 0) + bytes)
    this.#unwritten.add(runner)
    this.#rounds.wake()
  }

  /** Bytes of its messages today. */
  of(runner: number): number {
    return dayOf(this.#parts.clock) === this.#day ? (this.#bytes.get(runner) ?? 0) : 0
  }

  close(): Promise<void> {
    return this.#rounds.idle()
  }

  async #write(): Promise<void> {
    const [day, all, runners] = [this.#day, this.#bytes, [...this.#unwritten]]
    const bytes = new Map(runners.map((runner) => [runner, all.get(runner) ?? 0]))
    this.#unwritten.clear()
    try {
      await this.#parts.store.commit((tx) => writeTraffic(tx, day, bytes))
    } catch {
      // Written with what comes next.
      for (const runner of runners) this.#unwritten.add(runner)
    }
  }
}

function dayOf(clock: Clock): number {
  return Math.floor(clock.now() / dayMs)
}
