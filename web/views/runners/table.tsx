import { useSignal } from '@preact/signals'
import { nameOf, type Runner, type RunnerLink } from '../../api/records.ts'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icons.tsx'
import { RunnerState } from '../../parts/state.tsx'
import { Switch } from '../../parts/switch.tsx'
import { Ago } from '../../parts/time.tsx'
import { api } from '../../shell/session.ts'
import { AboutRunner } from './about.tsx'
import { EditRunner } from './edit-runner.tsx'
import { LinkOf, Slots, sizeOf } from './link.tsx'
import { NewToken } from './new-token.tsx'
import { ClearCache, RemoveRunner } from './questions.tsx'

interface Props {
  /** Of the runners in the API. */
  base: string
  runners: Runner[]
  links: RunnerLink[] | undefined
  again: () => void
}

/** What is looked at or asked about one runner. */
export type Question = 'about' | 'edit' | 'token' | 'cache' | 'remove'

export function RunnerTable({ base, runners, links, again }: Props) {
  const asked = useSignal<{ question: Question; id: number } | undefined>(undefined)
  const linkOf = (id: number) => links?.find(({ runner_id }) => runner_id === id)
  const about = runners.find(({ id }) => id === asked.value?.id)
  const shared = about && {
    runner: about,
    path: `${base}/${about.id}`,
    again,
    onClose: () => {
      asked.value = undefined
    },
  }
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th>Runner</th>
            <th>State</th>
            <th class="later">Link</th>
            <th class="later">Slots</th>
            {links && <th class="later">Today</th>}
            <th class="later">Tags</th>
            <th>Active</th>
            <th class="later">
              <span class="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {runners.map((runner) => (
            <Row
              key={runner.id}
              runner={runner}
              path={`${base}/${runner.id}`}
              link={linkOf(runner.id)}
              counted={links !== undefined}
              again={again}
              ask={(question) => {
                asked.value = { question, id: runner.id }
              }}
            />
          ))}
        </tbody>
      </table>
      {shared && asked.value?.question === 'about' && (
        <AboutRunner
          {...shared}
          link={linkOf(shared.runner.id)}
          ask={(question) => {
            asked.value = { question, id: shared.runner.id }
          }}
        />
      )}
      {shared && asked.value?.question === 'edit' && <EditRunner {...shared} />}
      {shared && asked.value?.question === 'token' && <NewToken {...shared} />}
      {shared && asked.value?.question === 'cache' && <ClearCache {...shared} />}
      {shared && asked.value?.question === 'remove' && <RemoveRunner {...shared} />}
    </div>
  )
}

interface RowProps {
  runner: Runner
  path: string
  link: RunnerLink | undefined
  counted: boolean
  again: () => void
  ask: (question: Question) => void
}

function Row({ runner, path, link, counted, again, ask }: RowProps) {
  const { id, active, touched } = runner
  const name = nameOf(runner)
  return (
    <tr>
      <td>
        <button type="button" class="name break" onClick={() => ask('about')}>
          {name}
        </button>
        <div class="faint small">
          {[runner.os, runner.version].filter(Boolean).join(' · ') || `#${id}`}
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
        {runner.status === 'offline' && touched && (
          <div class="faint small">
            <Ago time={touched} />
          </div>
        )}
      </td>
      <td class="later">
        <LinkOf runner={runner} link={link} />
      </td>
      <td class="later">
        <Slots runner={runner} />
      </td>
      {counted && <td class="later num dim">{sizeOf(link?.bytes ?? 0).join(' ')}</td>}
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
        <Switch
          label={`${name} takes tasks`}
          on={active}
          change={async (on) => {
            await api.post(`${path}/active`, { active: on })
            again()
          }}
        />
      </td>
      <td class="end later">
        <Button kind="bare" label={`Remove ${name}`} onClick={() => ask('remove')}>
          <Icon name="bin" />
        </Button>
      </td>
    </tr>
  )
}
