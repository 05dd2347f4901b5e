import { headerBytes } from './records.ts'

/** Every how many records an offset is kept: 4 MB of memory for 1 GiB of the shortest records. */
const markEvery = 64

export interface Place {
  index: number
  offset: number
}

/** Where the records of a file begin, sparsely: a mark every 64 records, and where a reader was. */
export class Offsets {
  #marks: number[] = []
  #reader: Place = { index: 0, offset: 0 }
  /** Number of records. */
  count = 0
  /** Offset behind the last record. */
  end = 0

  add(payloads: Uint8Array[]): void {
    for (const { length } of payloads) {
      if (this.count % markEvery === 0) this.#marks.push(this.end)
      this.end += headerBytes + length
      this.count += 1
    }
  }

  /** The nearest known place at or before record `index`, which must exist. */
  before(index: number): Place {
    const mark = Math.floor(index / markEvery)
    const marked = { index: mark * markEvery, offset: this.#marks[mark] as number }
    const { index: reached } = this.#reader
    return reached > marked.index && reached <= index ? this.#reader : marked
  }

  /** Tells where the record after one just read begins: most readers go on from there. */
  reached(place: Place): void {
    this.#reader = place
  }
}
