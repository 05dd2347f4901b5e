/** What the overview makes of tasks and days. Pure. */
import type { Task } from '../../api/task-records.ts'

export interface DayStats {
  /** 2026-11-29 */
  date: string
  count_by_status: Partial<Record<string, number>>
  /** Seconds. */
  avg_duration: number | null
}

const ran = ({ start, end, status }: Task) =>
  status === 'success' && start !== null && end !== null
    ? [Date.parse(end) - Date.parse(start)]
    : []

/** How long the last successes of a template took, ms, oldest first. @param tasks newest first */
export function durationsOf(tasks: readonly Task[], template: number, most = 20): number[] {
  return tasks
    .filter(({ template_id }) => template_id === template)
    .flatMap(ran)
    .slice(0, most)
    .reverse()
}

/** The median; undefined = there is none. */
export function usually(durations: readonly number[]): number | undefined {
  const sorted = [...durations].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)]
}

/** Each of the last days, the last one being `today`, also those on which nothing ended. */
export function lastDays(stats: readonly DayStats[], today: Date, count: number): DayStats[] {
  const known = new Map(stats.map((day) => [day.date, day]))
  return Array.from({ length: count }, (_, index) => {
    const at = new Date(today.getTime() - (count - 1 - index) * 86_400_000)
    const date = at.toISOString().slice(0, 10)
    return known.get(date) ?? { date, count_by_status: {}, avg_duration: null }
  })
}

/** Whole per cent; 100 only if all of them were. */
export const percent = (share: number) => `${Math.floor(100 * share)} % success`

/** Of all that ended: how many, and which part of them well; undefined = none ended. */
export function successOf(days: readonly DayStats[]): { ended: number; share: number | undefined } {
  const sum = (status?: string) =>
    days.reduce((all, { count_by_status }) => {
      const counts = status ? [count_by_status[status]] : Object.values(count_by_status)
      return all + counts.reduce((part: number, one) => part + (one ?? 0), 0)
    }, 0)
  const ended = sum()
  return { ended, share: ended === 0 ? undefined : sum('success') / ended }
}
