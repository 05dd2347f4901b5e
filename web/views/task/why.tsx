import type { TaskStatus } from '../../api/task-records.ts'
import { Shape } from '../../parts/state.tsx'
import { LocalTimes } from '../../parts/time.tsx'
import { useFindings } from './findings.ts'

/** Why a task waits, or what is odd with it. */
export function Why({ path, status }: { path: string; status: TaskStatus }) {
  // That it runs well, and where, stands at the head of the page.
  const findings = useFindings(path, status).filter(({ code }) => code !== 'running')
  if (findings.length === 0) return null
  return (
    <ul class={`note ${status === 'unreachable' ? 'dark' : 'wait'}`} aria-label="Why">
      {findings.map(({ code, text }) => (
        <li key={code} class="row">
          <Shape shape={status === 'unreachable' ? 'dash' : 'dashes'} />
          <span class="rest">
            <LocalTimes text={text} />
          </span>
        </li>
      ))}
    </ul>
  )
}
