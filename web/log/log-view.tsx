/** A log of any length: only what is in sight is drawn. */
import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import '../look/log.css'
import { api } from '../shell/session.ts'
import { followLog } from './follow.ts'
import { LogBar } from './log-bar.tsx'
import { type LinePage, LogPages, pageLines } from './pages.ts'
import { Row } from './row.tsx'
import { scrollTo, windowOf } from './window.ts'

interface Props {
  /** Of the task in the API. */
  path: string
  attempt: number
  /** Nothing more will come. */
  over: boolean
}

const rowHeight = 20

export function LogView({ path, attempt, over }: Props) {
  const scroller = useRef<HTMLDivElement>(null)
  const version = useSignal(0)
  const scroll = useSignal({ top: 0, height: 600 })
  const following = useSignal(true)
  const link = useSignal<'up' | 'down' | 'back'>('up')
  const times = useSignal(false)
  const chosen = useSignal(Number(/^#L(\d+)$/.exec(location.hash)?.[1] ?? 0) - 1)
  const found = useSignal<number[]>([])
  const ready = useSignal(false)

  const pages = useMemo(() => {
    let drawing = false
    const load = (from: number) =>
      api.get<LinePage>(`${path}/lines?attempt=${attempt}&from=${from}&count=${pageLines}`)
    return new LogPages(load, () => {
      if (drawing) return
      drawing = true
      // However much arrives, it is drawn once a frame.
      requestAnimationFrame(() => {
        drawing = false
        version.value += 1
      })
    })
  }, [path, attempt])

  useEffect(() => {
    let stop = () => {}
    let left = false
    const begin = async () => {
      const page = await api.get<LinePage>(`${path}/lines?attempt=${attempt}&from=-${pageLines}`)
      if (left) return
      pages.begin(page)
      ready.value = true
      if (chosen.value >= 0) show(chosen.value)
      if (over) return
      stop = followLog({
        address: `${path}/stream`,
        after: page.last_event_id,
        onLog: (event) => event.attempt === attempt && pages.append(event.output, event.time),
        onLink: (up) => {
          if (!up) link.value = 'down'
          else if (link.value === 'down') link.value = 'back'
        },
      })
    }
    const retry = () => {
      begin().catch(() => {
        if (!left) setTimeout(retry, 2000)
      })
    }
    retry()
    return () => {
      left = true
      stop()
    }
  }, [path, attempt])

  const sight = { height: scroll.value.height, total: pages.total, rowHeight }
  const show = (index: number) => {
    following.value = false
    const top = scrollTo(
      { ...sight, total: pages.total, height: scroller.current?.clientHeight ?? 0 },
      index,
    )
    requestAnimationFrame(() => scroller.current?.scrollTo({ top }))
  }
  const choose = (index: number) => {
    chosen.value = index
    history.replaceState(null, '', `#L${index + 1}`)
  }

  version.value
  const { first, end, top, fullHeight } = windowOf({ ...sight, scrollTop: scroll.value.top })
  useLayoutEffect(() => {
    const box = scroller.current
    if (box && following.value) box.scrollTop = box.scrollHeight
  }, [version.value, fullHeight, following.value])

  const onScroll = () => {
    const box = scroller.current as HTMLDivElement
    const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - rowHeight
    if (box.scrollTop < scroll.value.top - 1 && !atEnd) following.value = false
    else if (atEnd) following.value = true
    scroll.value = { top: box.scrollTop, height: box.clientHeight }
  }
  const wanted = new Set(found.value)
  return (
    <div class="log">
      <LogBar
        path={path}
        attempt={attempt}
        total={pages.total}
        over={over}
        following={following}
        times={times}
        found={found}
        link={link.value}
        onGo={(index) => {
          choose(index)
          show(index)
        }}
      />
      <div
        class="lines"
        ref={scroller}
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must be able to reach it.
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Log"
      >
        <div style={{ height: `${fullHeight}px`, position: 'relative' }}>
          <div style={{ transform: `translateY(${top}px)` }}>
            {Array.from({ length: end - first }, (_, offset) => first + offset).map((index) => (
              <Row
                key={index}
                number={index + 1}
                line={pages.line(index)}
                look={pages.lookAt(index)}
                times={times.value}
                hot={index === chosen.value || wanted.has(index)}
                onChoose={() => choose(index)}
              />
            ))}
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
