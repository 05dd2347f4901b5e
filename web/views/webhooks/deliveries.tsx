import type { Delivery } from '../../api/records.ts'
import { Button } from '../../parts/button.tsx'
import { State } from '../../parts/state.tsx'
import { Ago } from '../../parts/time.tsx'

interface Props {
  of: Delivery[]
  project: number
  /** Sends one again. */
  again: (id: number) => unknown
}

export function Deliveries({ of, project, again }: Props) {
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th>Message</th>
            <th>State</th>
            <th class="later">Tries</th>
            <th class="later">Written</th>
            <th class="later">Answer</th>
            <th>
              <span class="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {of.map((one) => (
            <tr key={one.id}>
              <td>
                {one.task_id ? (
                  <a class="strong" href={`/project/${project}/tasks/${one.task_id}`}>
                    Task <span class="num">#{one.task_id}</span>
                  </a>
                ) : (
                  <span class="strong">Test</span>
                )}
                <div class="faint small">{one.event}</div>
              </td>
              <td>
                <DeliveryState of={one} />
              </td>
              <td class="later num dim">{one.tries}</td>
              <td class="later dim">
                <Ago time={one.created} />
              </td>
              <td class="later dim small break">
                {one.last_status ?? one.last_error ?? '–'}
                {one.last_answer && <div class="mono">{one.last_answer}</div>}
              </td>
              <td class="end">
                {one.state !== 'pending' && (
                  <Button onClick={() => again(one.id)}>
                    Send again<span class="unseen"> message {one.id}</span>
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function DeliveryState({ of: { state, next_try, tries } }: { of: Delivery }) {
  if (state === 'delivered')
    return (
      <State tone="go" shape="tick">
        Delivered
      </State>
    )
  if (state === 'failed')
    return (
      <State tone="fail" shape="cross">
        Failed
      </State>
    )
  return (
    <>
      <State tone="wait" shape="dashes">
        {tries > 0 ? 'Tried in vain' : 'Under way'}
      </State>
      {tries > 0 && next_try && (
        <div class="faint small">again at {new Date(next_try).toLocaleTimeString()}</div>
      )}
    </>
  )
}
