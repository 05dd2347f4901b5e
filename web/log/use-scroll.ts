/** Where one looks in a log: the rows to draw, and that they stay in sight while rows above them change. */
import { type Signal, useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { Rows } from './folds.ts'
import { Heights } from './heights.ts'
import { anchorOf, scrollTo, scrollToAnchor, type Window, windowOf } from './window.ts'

interface Options {
  rows: Rows
  /** Which parts are folded. */
  folded: ReadonlySet<number>
  /** Rows may be higher than one line. */
  wrap: boolean
  /** Changes with what is drawn. */
  version: number
}

export interface Scrolling {
  scroller: RefObject<HTMLDivElement | null>
  /** Its children are the rows. */
  list: RefObject<HTMLDivElement | null>
  window: Window
  /** The end stays in sight, whatever comes. */
  following: Signal<boolean>
  onScroll(): void
  /** Brings the row of a line into the middle; as the rows are by then. */
  show(line: number): void
}

const rowHeight = 20

export function useScroll({ rows, folded, wrap, version }: Options): Scrolling {
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const scroll = useSignal({ top: 0, height: 600 })
  const following = useSignal(true)
  const measured = useSignal(0)
  const heights = useMemo(() => new Heights(rowHeight), [])
  /** The line at the top of what is in sight, as it was last seen. */
  const anchor = useRef({ line: 0, above: 0, scrollTop: 0 })
  const latest = useRef(rows)
  latest.current = rows

  // What was measured was of other rows, or of another width.
  useMemo(() => heights.clear(), [wrap, folded])
  useLayoutEffect(() => {
    const box = scroller.current as HTMLDivElement
    const resized = new ResizeObserver(() => {
      scroll.value = { top: box.scrollTop, height: box.clientHeight }
      heights.clear()
      measured.value += 1
    })
    resized.observe(box)
    return () => resized.disconnect()
  }, [])

  measured.value
  const sight = { height: scroll.value.height, total: rows.total, heights }
  const window = windowOf({ ...sight, scrollTop: scroll.value.top })

  useLayoutEffect(() => {
    if (!wrap) return
    let news = false
    for (const [index, row] of [...(list.current?.children ?? [])].entries()) {
      news = heights.set(window.first + index, row.getBoundingClientRect().height) || news
    }
    if (news) measured.value += 1
  }, [wrap, version, window.first, window.end, rows, measured.value])
  useLayoutEffect(() => {
    const box = scroller.current
    if (box && following.value) box.scrollTop = box.scrollHeight
  }, [version, window.fullHeight, following.value])
  useLayoutEffect(() => {
    const { line, above, scrollTop } = anchor.current
    const box = scroller.current
    if (!box || following.value) return
    const top = scrollToAnchor(sight, { row: rows.rowOf(line), above })
    // By the difference: it may have been scrolled since.
    if (Math.abs(top - scrollTop) >= 1) box.scrollTop += top - scrollTop
    anchor.current.scrollTop = top
  }, [wrap, folded, measured.value])

  return {
    scroller,
    list,
    window,
    following,
    onScroll() {
      const box = scroller.current as HTMLDivElement
      const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - rowHeight
      if (box.scrollTop < scroll.value.top - 1 && !atEnd) following.value = false
      else if (atEnd) following.value = true
      scroll.value = { top: box.scrollTop, height: box.clientHeight }
      const { row, above } = anchorOf({ ...sight, scrollTop: box.scrollTop })
      anchor.current = { line: rows.lineOf(row), above, scrollTop: box.scrollTop }
    },
    show(line) {
      following.value = false
      requestAnimationFrame(() => {
        const box = scroller.current
        if (!box) return
        const now = { height: box.clientHeight, total: latest.current.total, heights }
        box.scrollTo({ top: scrollTo(now, latest.current.rowOf(line)) })
      })
    },
  }
}
