/** How much higher than one line each row is that was wrapped and drawn once. Pure. Sizes in CSS px. */

const blockRows = 500

interface Block {
  sum: number
  rows: Map<number, number>
}

export class Heights {
  readonly rowHeight: number
  /** By number: what is higher than `rowHeight` in this block of rows. */
  #blocks: (Block | undefined)[] = []
  /** Of all rows, beyond `rowHeight` each. */
  extra = 0

  constructor(rowHeight: number) {
    this.rowHeight = rowHeight
  }

  clear(): void {
    this.#blocks = []
    this.extra = 0
  }

  /** @returns whether that was not known */
  set(row: number, height: number): boolean {
    const more = Math.max(0, height - this.rowHeight)
    const number = Math.floor(row / blockRows)
    const block = this.#blocks[number] ?? { sum: 0, rows: new Map() }
    const was = block.rows.get(row) ?? 0
    if (was === more) return false
    this.#blocks[number] = block
    if (more === 0) block.rows.delete(row)
    else block.rows.set(row, more)
    block.sum += more - was
    this.extra += more - was
    return true
  }

  /** Where a row begins. */
  topOf(row: number): number {
    if (this.extra === 0) return row * this.rowHeight
    const number = Math.floor(row / blockRows)
    let more = 0
    for (let at = 0; at < number; at += 1) more += this.#blocks[at]?.sum ?? 0
    for (const [higher, height] of this.#blocks[number]?.rows ?? [])
      if (higher < row) more += height
    return row * this.rowHeight + more
  }

  /** The row that stands at `px`. */
  rowAt(px: number): number {
    if (this.extra === 0) return Math.floor(px / this.rowHeight)
    let number = 0
    let top = 0
    for (;;) {
      const end = top + blockRows * this.rowHeight + (this.#blocks[number]?.sum ?? 0)
      if (px < end) break
      top = end
      number += 1
      if (number >= this.#blocks.length) {
        return number * blockRows + Math.floor((px - top) / this.rowHeight)
      }
    }
    const rows = this.#blocks[number]?.rows
    for (let row = number * blockRows; ; row += 1) {
      top += this.rowHeight + (rows?.get(row) ?? 0)
      if (px < top) return row
    }
  }
}
