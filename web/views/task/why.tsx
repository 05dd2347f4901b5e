import { useEffect } from 'preact/hooks'
import { useLive } from '../../api/live.ts'
import type { Finding, TaskStatus } from '../../api/records.ts'
import { Shape } from '../../parts/state.tsx'

/** What it waits for may change without a word of the server: another task ends, a runner comes. */
const lookAgainMs = 5000

/** Why a task waits, or what is odd with it. */
export function Why({ path, status }: { path: string; status: TaskStatus }) {
  const explained = useLive<{ findings: Finding[] }>(`${path}/explain`, () => true)
  useEffect(() => {
    explained.again()
    const timer = setInterval(() => explained.again(), lookAgainMs)
    return () => clearInterval(timer)
  }, [path, status])
  const findings = explained.data.value?.findings ?? []
  if (findings.length === 0) return null
  return (
    <ul class={`note ${status === 'unreachable' ? 'dark' : 'wait'}`} aria-label="Why">
      {findings.map(({ code, text }) => (
        <li key={code} class="row">
          <Shape shape={status === 'unreachable' ? 'dash' : 'dashes'} />
          {text}
        </li>
      ))}
    </ul>
  )
}
