import type { Task } from '../../api/task-records.ts'
import type { Mark } from '../../log/folds.ts'
import { Lasted, now } from '../../parts/time.tsx'
import { phasesOf } from './phases.ts'

/** How long it waited, and what it did how long after that, beside each other. */
export function PhasesBar({ task, marks }: { task: Task; marks: readonly Mark[] }) {
  const phases = phasesOf(task, marks)
  return (
    <div class="body">
      <div class="phases" aria-hidden="true">
        {phases.map(({ from, to, color }, index) => (
          <i
            key={index}
            style={{ flexGrow: Math.max(1, (to ?? now.value) - from), background: color }}
          />
        ))}
      </div>
      <div class="legend">
        {phases.map(({ name, from, to, color }, index) => (
          <span key={index}>
            <i style={{ background: color }} />
            {name}{' '}
            <b>
              <Lasted from={from} to={to} />
            </b>
          </span>
        ))}
      </div>
    </div>
  )
}
