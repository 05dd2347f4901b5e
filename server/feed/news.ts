/**
 * What changes on the whole server, for one viewer: not what it changed to, only what to look at again.
 * Changes that come while the viewer takes the last news are put together, so that a viewer costs a set
 * of ids at most, however much happens.
 */
import type { Change } from '../store/changes.ts'
import type { Store } from '../store/open.ts'

export interface News {
  /** Tasks of each project whose status changed or that are new. */
  tasks: Map<number, Set<number>>
  /** Runners that came, went, were changed, or have or lost an alarm. */
  runners: Set<number>
}

export interface NewsOptions {
  /** So long is gathered before each news after the first, ms. */
  everyMs: number
  sleep(ms: number, signal: AbortSignal): Promise<unknown>
}

/** News until `signal` aborts. What happens before the first is asked for is not lost. */
export function followNews(
  { changes }: Pick<Store, 'changes'>,
  { everyMs, sleep }: NewsOptions,
  signal: AbortSignal,
): AsyncGenerator<News> {
  let gathered = nothing()
  let wake = () => {}
  changes.listen((change) => {
    if (gather(gathered, change)) wake()
  }, signal)
  signal.addEventListener('abort', () => wake(), { once: true })
  return (async function* () {
    while (!signal.aborted) {
      if (isEmpty(gathered)) await new Promise<void>((resolve) => (wake = resolve))
      if (signal.aborted) return
      const news = gathered
      gathered = nothing()
      yield news
      await sleep(everyMs, signal).catch(() => {})
    }
  })()
}

const nothing = (): News => ({ tasks: new Map(), runners: new Set() })
const isEmpty = ({ tasks, runners }: News) => tasks.size === 0 && runners.size === 0

/** @returns whether it is news */
function gather({ tasks, runners }: News, change: Change): boolean {
  if (change.kind === 'task') {
    const ofProject = tasks.get(change.project) ?? new Set()
    tasks.set(change.project, ofProject.add(change.task))
  } else if (change.kind === 'runner' || change.kind === 'alarm') {
    runners.add(change.runner)
  } else return false
  return true
}
