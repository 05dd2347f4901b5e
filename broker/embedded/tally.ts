/**
 * What the worker counts and its parent reads, in memory that both see: nobody asks, waits or answers,
 * and the sums outlive a worker.
 */
const names = ['connections', 'accepted', 'refused', 'bytesIn', 'bytesOut'] as const

/** Of runners; `connections` are open now, the others are sums since the start of the server. */
export type BrokerCounts = Record<(typeof names)[number], number>

export class Tally {
  /** For the other thread: `new Tally(memory)` there counts the same. */
  readonly memory: SharedArrayBuffer
  readonly #numbers: BigInt64Array

  constructor(memory = new SharedArrayBuffer(names.length * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory
    this.#numbers = new BigInt64Array(memory)
  }

  add(name: keyof BrokerCounts, by = 1): void {
    Atomics.add(this.#numbers, names.indexOf(name), BigInt(by))
  }

  /** A worker that died took its connections with it. */
  forgetConnections(): void {
    Atomics.store(this.#numbers, names.indexOf('connections'), 0n)
  }

  read(): BrokerCounts {
    const value = (index: number) => Number(Atomics.load(this.#numbers, index))
    return Object.fromEntries(names.map((name, index) => [name, value(index)])) as BrokerCounts
  }
}
