/** Data of a view that keeps itself right: read when asked for, and again when the server says so. */
import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { api } from '../shell/session.ts'
import { ApiError } from './client.ts'
import { type News, onNews } from './news.ts'

export interface Live<T> {
  /** The last answer; stays while a newer one is on its way, or cannot be had. */
  data: Signal<T | undefined>
  error: Signal<ApiError | undefined>
  again(): void
}

/**
 * @param path of a GET; undefined = nothing to ask for
 * @param concerns whether some news makes the answer old; never, if it is not given
 */
export function useLive<T>(
  path: string | undefined,
  concerns: (news: News) => boolean = () => false,
): Live<T> {
  const data = useSignal<T | undefined>(undefined)
  const error = useSignal<ApiError | undefined>(undefined)
  const again = useRef(() => {})
  const latest = useRef(concerns)
  latest.current = concerns

  useEffect(() => {
    data.value = undefined
    error.value = undefined
    if (path === undefined) return
    const left = new AbortController()
    const read = oneAtATime(async () => {
      try {
        const answer = await api.get<T>(path, left.signal)
        if (left.signal.aborted) return
        data.value = answer
        error.value = undefined
      } catch (thrown) {
        if (left.signal.aborted) return
        error.value = thrown instanceof ApiError ? thrown : new ApiError('fault', String(thrown))
      }
    })
    again.current = read
    read()
    const stop = onNews((news) => {
      if (news === undefined || latest.current(news)) read()
    })
    return () => {
      left.abort()
      stop()
    }
  }, [path])

  return { data, error, again: () => again.current() }
}

/** Whether a list is there and not empty: an empty one has its own button to begin with. */
export const hasRows = ({ data }: Live<readonly unknown[]>): boolean =>
  (data.value?.length ?? 0) > 0

/** However often it is called while it runs, it runs once more after that. */
function oneAtATime(work: () => Promise<void>): () => void {
  let running = false
  let wanted = false
  const start = () => {
    wanted = true
    if (running) return
    running = true
    void (async () => {
      while (wanted) {
        wanted = false
        await work()
      }
      running = false
    })()
  }
  return start
}
