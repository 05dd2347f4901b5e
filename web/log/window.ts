/** Which rows of a very long list are in sight. Pure. Sizes in CSS px. */

export interface Sight {
  scrollTop: number
  /** Of what one looks through. */
  height: number
  total: number
  rowHeight: number
}

export interface Window {
  /** First row to be drawn, and the one after the last. */
  first: number
  end: number
  /** Where the first row stands. */
  top: number
  /** Of the whole list, as the scrollbar has it. */
  fullHeight: number
}

/** Browsers draw nothing beyond some 33 million px: a longer list moves faster than its scrollbar. */
export const tallest = 15_000_000
const spare = 20

export function windowOf(sight: Sight): Window {
  const { scrollTop, height, total, rowHeight } = sight
  const { fullHeight, scale } = scaleOf(sight)
  const top = scrollTop * scale
  const inSight = Math.floor(top / rowHeight)
  const first = Math.max(0, inSight - spare)
  const end = Math.min(total, inSight + Math.ceil(height / rowHeight) + 1 + spare)
  return { first, end, top: scrollTop - (top - first * rowHeight), fullHeight }
}

/** How far to scroll so that row `index` stands in the middle. */
export function scrollTo(sight: Omit<Sight, 'scrollTop'>, index: number): number {
  const { scale, fullHeight } = scaleOf(sight)
  const wanted = (index * sight.rowHeight - sight.height / 2 + sight.rowHeight / 2) / scale
  return Math.max(0, Math.min(wanted, fullHeight - sight.height))
}

function scaleOf({ height, total, rowHeight }: Omit<Sight, 'scrollTop'>) {
  const real = total * rowHeight
  const fullHeight = Math.min(real, tallest)
  const scale = fullHeight > height ? (real - height) / (fullHeight - height) : 1
  return { fullHeight, scale }
}
