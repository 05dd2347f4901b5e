/** How long a task may run: by the runner's own monotonic clock, so that it holds while offline (D9). */
import type { Clock } from '../lib/clock.ts'
import type { JobEnd } from './core/job-end.ts'

export interface Deadline {
  /** True from the moment at which the task had to be ended. */
  readonly passed: boolean
  close(): void
}

/** One sleep at most: setTimeout takes 24 days, and a sleeping machine's timers are late anyway. */
const longestMs = 3_600_000

/** Calls `act` once, `seconds` from now; never for 0. */
export function startDeadline(seconds: number, clock: Clock, act: () => void): Deadline {
  const over = new AbortController()
  const at = clock.monotonic() + seconds * 1000
  let passed = false
  async function watch(): Promise<void> {
    while (clock.monotonic() < at) {
      // Whole ms: a rest too small to change what the clock says would be slept for again and again.
      const leftMs = Math.ceil(at - clock.monotonic())
      await clock.sleep(Math.min(leftMs, longestMs), over.signal)
    }
    passed = true
    act()
  }
  if (seconds > 0) watch().catch(() => {})
  return {
    get passed() {
      return passed
    },
    close: () => over.abort(),
  }
}

/** What was ended by its deadline has failed, whatever the cancel made of it. */
export function overdue(end: JobEnd, seconds: number): JobEnd {
  if (end.outcome !== 'cancelled') return end
  const reason = `ran longer than max_task_duration_sec allows: ${seconds} s`
  return { ...end, outcome: 'failed', reason }
}
