/** The lines of one attempt: its end first, then what comes, until nothing more will. */
import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { api } from '../shell/session.ts'
import { followLog } from './follow.ts'
import { type LinePage, LogPages, pageLines } from './pages.ts'

interface Options {
  /** Of the task in the API. */
  path: string
  attempt: number
  /** Nothing more will come. */
  over: boolean
  /** The end is there. */
  onBegin: () => void
  onGrown: () => void
}

export interface LogSource {
  pages: LogPages
  /** Changes with what is held. */
  version: ReadonlySignal<number>
  ready: ReadonlySignal<boolean>
  link: ReadonlySignal<'up' | 'down' | 'back'>
}

const retryMs = 2000

export function useLog({ path, attempt, over, onBegin, onGrown }: Options): LogSource {
  const version = useSignal(0)
  const ready = useSignal(false)
  const link = useSignal<'up' | 'down' | 'back'>('up')

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
      onBegin()
      if (over) return
      stop = followLog({
        address: `${path}/stream`,
        after: page.last_event_id,
        onLog(event) {
          if (event.attempt !== attempt) return
          pages.append(event.output, event.time)
          onGrown()
        },
        onLink(up) {
          if (!up) link.value = 'down'
          else if (link.value === 'down') link.value = 'back'
        },
      })
    }
    const retry = () => {
      begin().catch(() => {
        if (!left) setTimeout(retry, retryMs)
      })
    }
    retry()
    return () => {
      left = true
      stop()
    }
  }, [path, attempt])

  return { pages, version, ready, link }
}
