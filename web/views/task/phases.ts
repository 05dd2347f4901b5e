/** How long each phase of a task took, by when its log says that it began. Pure. */
import type { Task } from '../../api/task-records.ts'
import type { Mark } from '../../log/folds.ts'

export interface Phase {
  name: string
  color: string
  /** ms. */
  from: number
  /** null = it goes on. */
  to: number | null
}

const named: Record<string, [name: string, color: string]> = {
  repository: ['Repository', 'var(--dark)'],
  head: ['Run', 'var(--run)'],
  galaxy: ['Galaxy', 'var(--teal)'],
  play: ['Playbook', 'var(--run)'],
  init: ['Init', 'var(--teal)'],
  plan: ['Plan', 'var(--run)'],
  confirmation: ['Confirmation', 'var(--wait)'],
  apply: ['Apply', 'var(--go)'],
}

/** Empty before it has started. */
export function phasesOf(
  task: Pick<Task, 'created' | 'start' | 'end'>,
  marks: readonly Mark[],
): Phase[] {
  if (task.start === null) return []
  const start = Date.parse(task.start)
  const end = task.end && Date.parse(task.end)
  // Marks have the time of the runner's clock: only how they lie to each other counts.
  const shift = marks[0] ? start - Date.parse(marks[0].time) : 0
  const begun = [
    { name: 'Waited', color: 'var(--wait)', from: Date.parse(task.created) },
    { name: 'Run', color: 'var(--run)', from: start },
  ]
  for (const { kind, time } of marks) {
    const [name, color] = named[kind] ?? []
    const last = begun.at(-1)
    if (!name || !color || !last || last.name === name) continue
    // Whoever says what it does says it a moment after it has begun.
    if (last.name === 'Run') Object.assign(last, { name, color })
    else begun.push({ name, color, from: Math.min(Date.parse(time) + shift, end || Infinity) })
  }
  return begun.map((phase, index) => ({ ...phase, to: begun[index + 1]?.from ?? (end || null) }))
}
