/** A log of any length: only what is in sight is drawn. */
import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import '../look/log.css'
import { Rows, sectionsOf, unfolded } from './folds.ts'
import { LogBar } from './log-bar.tsx'
import { times, wrap } from './preferences.ts'
import { Row } from './row.tsx'
import { useLog } from './use-log.ts'
import type { Marks } from './use-marks.ts'
import { useScroll } from './use-scroll.ts'

interface Props {
  /** Of the task in the API. */
  path: string
  attempt: number
  /** Nothing more will come. */
  over: boolean
  marks: Marks
}

export function LogView({ path, attempt, over, marks }: Props) {
  const chosen = useSignal(Number(/^#L(\d+)$/.exec(location.hash)?.[1] ?? 0) - 1)
  const found = useSignal<number[]>([])
  const folded = useSignal<ReadonlySet<number>>(new Set())
  const { pages, version, ready, link } = useLog({
    path,
    attempt,
    over,
    onBegin: () => chosen.value >= 0 && show(chosen.value),
    onGrown: marks.grown,
  })
  const sections = useMemo(() => sectionsOf(marks.marks.value), [marks.marks.value])
  const beginning = useMemo(
    () => new Map(sections.map((section) => [section.mark.line, section])),
    [sections],
  )
  version.value
  const rows = new Rows(sections, folded.value, pages.total)
  const scrolling = useScroll({
    rows,
    folded: folded.value,
    wrap: wrap.value,
    version: version.value,
  })
  const { first, end, top, fullHeight } = scrolling.window

  const show = (line: number) => {
    folded.value = unfolded(sections, folded.value, line)
    scrolling.show(line)
  }
  const choose = (line: number) => {
    chosen.value = line
    history.replaceState(null, '', `#L${line + 1}`)
  }
  const fold = (lines: ReadonlySet<number>) => {
    // What was clicked stays where it is.
    scrolling.following.value = false
    folded.value = lines
  }
  const toggle = (line: number) => {
    const lines = new Set(folded.value)
    if (!lines.delete(line)) lines.add(line)
    fold(lines)
  }
  const wanted = new Set(found.value)
  return (
    <div class={wrap.value ? 'log wrapped' : 'log'}>
      <LogBar
        path={path}
        attempt={attempt}
        total={pages.total}
        over={over}
        following={scrolling.following}
        found={found}
        link={link.value}
        parts={sections.length > 0 ? { folded: folded.value.size > 0 } : undefined}
        onFoldAll={(all) => fold(new Set(all ? beginning.keys() : []))}
        onGo={(line) => {
          choose(line)
          show(line)
        }}
      />
      <div
        class="lines"
        ref={scrolling.scroller}
        onScroll={scrolling.onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must be able to reach it.
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Log"
      >
        <div style={{ height: `${fullHeight}px`, position: 'relative' }}>
          <div ref={scrolling.list} style={{ transform: `translateY(${top}px)` }}>
            {Array.from({ length: end - first }, (_, row) => rows.lineOf(first + row)).map(
              (line) => (
                <Row
                  key={line}
                  number={line + 1}
                  line={pages.line(line)}
                  look={pages.lookAt(line)}
                  times={times.value}
                  hot={line === chosen.value || wanted.has(line)}
                  section={beginning.get(line)}
                  folded={folded.value.has(line)}
                  total={pages.total}
                  onChoose={() => choose(line)}
                  onFold={() => toggle(line)}
                />
              ),
            )}
          </div>
        </div>
        {ready.value && pages.total === 0 && (
          <p class="nothing">
            {over ? 'It printed nothing.' : 'Nothing yet. What the task prints appears here.'}
          </p>
        )}
      </div>
    </div>
  )
}
