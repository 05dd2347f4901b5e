/** The parts of a log as the server finds them; of one that grows, asked for again as it does. */
import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { api } from '../shell/session.ts'
import type { Mark } from './folds.ts'

export interface Marks {
  marks: Signal<Mark[]>
  /** The log has grown: what is new is asked for, once in a while. */
  grown(): void
}

const pauseMs = 1000

/** @param over nothing more will come */
export function useMarks(path: string, attempt: number, over: boolean): Marks {
  const marks = useSignal<Mark[]>([])
  const asking = useMemo(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async () => {
      const known = marks.value.length
      const query = `attempt=${attempt}&from=${known}`
      const answer = await api.get<{ marks: Mark[] }>(`${path}/lines/marks?${query}`)
      if (answer.marks.length > 0) marks.value = [...marks.value.slice(0, known), ...answer.marks]
    }
    return {
      now: () => void ask().catch(() => {}),
      grown() {
        timer ??= setTimeout(() => {
          timer = undefined
          asking.now()
        }, pauseMs)
      },
      stop: () => clearTimeout(timer),
    }
  }, [path, attempt])
  useEffect(() => {
    if (attempt > 0) asking.now()
  }, [asking, over])
  useEffect(() => {
    marks.value = []
    return asking.stop
  }, [asking])
  return { marks, grown: asking.grown }
}
