import type { Task } from '../../api/records.ts'
import { Lasted } from '../../parts/time.tsx'

/** How long it waited and how long it ran, beside each other. */
export function Phases({ task }: { task: Task }) {
  const start = task.start as string
  const waited = Math.max(1, Date.parse(start) - Date.parse(task.created))
  const ran = Math.max(1, (task.end ? Date.parse(task.end) : Date.now()) - Date.parse(start))
  return (
    <div class="body">
      <div class="phases" aria-hidden="true">
        <i style={{ flexGrow: waited, background: 'var(--wait)' }} />
        <i style={{ flexGrow: ran, background: 'var(--run)' }} />
      </div>
      <div class="legend">
        <span>
          <i style={{ background: 'var(--wait)' }} />
          Waited{' '}
          <b>
            <Lasted from={task.created} to={start} />
          </b>
        </span>
        <span>
          <i style={{ background: 'var(--run)' }} />
          {task.end ? 'Ran' : 'Runs'}{' '}
          <b>
            <Lasted from={start} to={task.end} />
          </b>
        </span>
      </div>
    </div>
  )
}
