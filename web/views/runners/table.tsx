import { useSignal } from '@preact/signals'
import { nameOf, type Runner } from '../../api/records.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { Icon } from '../../parts/icons.tsx'
import { RunnerState } from '../../parts/state.tsx'
import { Ago } from '../../parts/time.tsx'
import { api } from '../../shell/session.ts'
import { NewToken } from './new-token.tsx'

interface Props {
  runners: Runner[]
  again: () => void
}

/** What is asked about one runner. */
type Question = { kind: 'remove' | 'token'; runner: Runner }

export function RunnerTable({ runners, again }: Props) {
  const question = useSignal<Question | undefined>(undefined)
  const close = () => {
    question.value = undefined
  }
  const asked = question.value
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th>Runner</th>
            <th>State</th>
            <th class="later">Last heard</th>
            <th class="later">At once</th>
            <th class="later">Tags</th>
            <th>Active</th>
            <th>
              <span class="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {runners.map((runner) => (
            <Row
              key={runner.id}
              runner={runner}
              again={again}
              ask={(kind) => {
                question.value = { kind, runner }
              }}
            />
          ))}
        </tbody>
      </table>
      {asked?.kind === 'remove' && (
        <Confirm
          title={`Remove ${nameOf(asked.runner)}`}
          name={nameOf(asked.runner)}
          verb="Remove runner"
          action={() => api.delete(`/api/runners/${asked.runner.id}`).then(again)}
          onClose={close}
        >
          <p>
            Its token works no longer and its connection is closed. What it is running is given up:
            those tasks fail, or go to another runner where their template allows it.
          </p>
        </Confirm>
      )}
      {asked?.kind === 'token' && <NewToken runner={asked.runner} onClose={close} />}
    </div>
  )
}

function Row({
  runner,
  again,
  ask,
}: {
  runner: Runner
  again: () => void
  ask: (kind: Question['kind']) => void
}) {
  const { id, active, touched, max_parallel_tasks: most } = runner
  const name = nameOf(runner)
  return (
    <tr>
      <td>
        <div class="strong">{name}</div>
        <div class="faint small">
          {[runner.host, runner.version].filter(Boolean).join(' · ') || `#${id}`}
        </div>
        {runner.alarms.map(({ kind, text }) => (
          <div key={kind} class="row small" style={{ color: 'var(--fail)' }}>
            <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
              <path d="M12 4l9 16H3zM12 10v4M12 17h.01" />
            </svg>
            {text}
          </div>
        ))}
      </td>
      <td>
        <RunnerState runner={runner} />
      </td>
      <td class="later dim">{touched ? <Ago time={touched} /> : '–'}</td>
      <td class="later num dim">{most || 'no limit'}</td>
      <td class="later">
        <span class="row">
          {runner.tags.map((tag) => (
            <span key={tag} class="tag">
              {tag}
            </span>
          ))}
        </span>
      </td>
      <td>
        <input
          type="checkbox"
          role="switch"
          aria-checked={active}
          class="switch"
          aria-label={`${name} takes tasks`}
          checked={active}
          onChange={async (event) => {
            const { currentTarget: box } = event
            try {
              await api.post(`/api/runners/${id}/active`, { active: box.checked })
              again()
            } catch {
              // Shows what is: why the server cannot be told stands at the foot of the page.
              box.checked = active
            }
          }}
        />
      </td>
      <td>
        <div class="row" style={{ flexWrap: 'nowrap', justifyContent: 'flex-end' }}>
          <span class="later">
            <Button kind="bare" onClick={() => ask('token')}>
              New token<span class="unseen"> for {name}</span>
            </Button>
          </span>
          <Button kind="bare" label={`Remove ${name}`} onClick={() => ask('remove')}>
            <Icon name="cross" />
          </Button>
        </div>
      </td>
    </tr>
  )
}
