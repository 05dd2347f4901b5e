/** Which rows of a very long list are in sight. Pure. Sizes in CSS px. */
import type { Heights } from './heights.ts'

export interface Sight {
  scrollTop: number
  /** Of what one looks through. */
  height: number
  /** Rows. */
  total: number
  heights: Heights
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

/** A place in the list that stays where it is in sight when rows above it grow. */
export interface Anchor {
  row: number
  /** How much of the row is above what is in sight. */
  above: number
}

/** Browsers draw nothing beyond some 33 million px: a longer list moves faster than its scrollbar. */
export const tallest = 15_000_000
const spare = 20

export function windowOf(sight: Sight): Window {
  const { scrollTop, height, total, heights } = sight
  const { fullHeight, scale } = scaleOf(sight)
  const top = scrollTop * scale
  const inSight = heights.rowAt(top)
  const first = Math.max(0, Math.min(total, inSight) - spare)
  const end = Math.min(total, inSight + Math.ceil(height / heights.rowHeight) + 1 + spare)
  return { first, end, top: scrollTop - (top - heights.topOf(first)), fullHeight }
}

export function anchorOf(sight: Sight): Anchor {
  const top = sight.scrollTop * scaleOf(sight).scale
  const row = sight.heights.rowAt(top)
  return { row, above: top - sight.heights.topOf(row) }
}

/** How far to scroll so that the anchor stands at the top of what is in sight. */
export function scrollToAnchor(sight: Omit<Sight, 'scrollTop'>, { row, above }: Anchor): number {
  return bounded(sight, sight.heights.topOf(row) + above)
}

/** How far to scroll so that `row` stands in the middle. */
export function scrollTo(sight: Omit<Sight, 'scrollTop'>, row: number): number {
  const { height, heights } = sight
  return bounded(sight, heights.topOf(row) - height / 2 + heights.rowHeight / 2)
}

function bounded(sight: Omit<Sight, 'scrollTop'>, top: number): number {
  const { scale, fullHeight } = scaleOf(sight)
  return Math.max(0, Math.min(top / scale, fullHeight - sight.height))
}

function scaleOf({ height, total, heights }: Omit<Sight, 'scrollTop'>) {
  const real = total * heights.rowHeight + heights.extra
  const fullHeight = Math.min(real, tallest)
  const scale = fullHeight > height ? (real - height) / (fullHeight - height) : 1
  return { fullHeight, scale }
}
