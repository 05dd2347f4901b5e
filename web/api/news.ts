/** The server's event stream: says what to look at again, and whether the server is there at all. */
import { signal } from '@preact/signals'
import { onWake } from './woken.ts'

export interface News {
  tasks: { id: number; project_id: number }[]
  runners: { id: number }[]
}
/** `undefined` = everything may have changed: the stream was away. */
type Listener = (news: News | undefined) => void

const listeners = new Set<Listener>()
const retryMs = 2000

/** When the link to the server was lost; null while it is there. */
export const awaySince = signal<number | null>(null)

/** @returns how to stop listening */
export function onNews(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Keeps a stream open until the returned function is called. */
export function openNews(onEnded: () => void): () => void {
  let source: EventSource
  let timer: ReturnType<typeof setTimeout> | undefined
  let fresh = true
  const open = () => {
    source = new EventSource('/api/events')
    source.onopen = () => {
      awaySince.value = null
      // The first views have just asked; after a gap everybody asks again.
      if (!fresh) tell(undefined)
      fresh = false
    }
    source.addEventListener('changes', (event) => tell(JSON.parse(event.data) as News))
    source.onerror = () => {
      awaySince.value ??= Date.now()
      // The browser tries again by itself unless it was answered with an error: then we ask why.
      if (source.readyState !== EventSource.CLOSED) return
      onEnded()
      timer = setTimeout(open, retryMs)
    }
  }
  open()
  const stop = onWake(() => {
    clearTimeout(timer)
    source.close()
    open()
  })
  return () => {
    stop()
    clearTimeout(timer)
    source.close()
    awaySince.value = null
  }
}

function tell(news: News | undefined): void {
  for (const listener of listeners) listener(news)
}
