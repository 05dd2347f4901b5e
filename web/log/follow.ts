/** The live end of a log: goes on by itself after each loss of the link, from where it was. */
import { onWake } from '../api/woken.ts'

export interface LogEvent {
  attempt: number
  time: string
  output: string
}

export interface FollowOptions {
  /** Of the stream, without a query. */
  address: string
  /** What was seen last; empty = nothing. */
  after: string
  onLog: (event: LogEvent) => void
  onLink: (up: boolean) => void
}

const retryMs = 2000

/** @returns how to stop */
export function followLog({ address, after, onLog, onLink }: FollowOptions): () => void {
  let last = after
  let source: EventSource
  let timer: ReturnType<typeof setTimeout> | undefined
  const open = () => {
    source = new EventSource(`${address}?last_event_id=${encodeURIComponent(last)}`)
    source.onopen = () => onLink(true)
    source.addEventListener('log', (event) => {
      last = event.lastEventId
      onLog(JSON.parse(event.data) as LogEvent)
    })
    source.addEventListener('status', (event) => {
      // The server ends the stream after a final status; the browser would take that for a loss.
      if (['success', 'error', 'stopped'].includes(JSON.parse(event.data).status)) stop()
    })
    source.onerror = () => {
      onLink(false)
      source.close()
      timer = setTimeout(open, retryMs)
    }
  }
  const forget = onWake(() => {
    clearTimeout(timer)
    source.close()
    open()
  })
  const stop = () => {
    forget()
    clearTimeout(timer)
    source.close()
  }
  open()
  return stop
}
