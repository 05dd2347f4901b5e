import { nameOf, type Runner } from '../../api/records.ts'
import { Button } from '../../parts/button.tsx'
import { api, user } from '../../shell/session.ts'

/** What is odd with a runner, until somebody who has seen to it says so. */
export function Alarms({ of: runner }: { of: Runner }) {
  if (runner.alarms.length === 0) return null
  return (
    <ul class="stack" aria-label={`Alarms of ${nameOf(runner)}`}>
      {runner.alarms.map(({ kind, text }) => (
        <li key={kind} class="note fail">
          <span>{text}</span>
          {user.value?.admin && (
            <span class="grow">
              <Button onClick={() => api.delete(`/api/runners/${runner.id}/alarms/${kind}`)}>
                Clear<span class="unseen"> {kind}</span>
              </Button>
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}
