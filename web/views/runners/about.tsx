import type { ComponentChildren } from 'preact'
import { useLive } from '../../api/live.ts'
import { type Connection, nameOf, type Runner, type RunnerLink } from '../../api/records.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { RunnerState } from '../../parts/state.tsx'
import { Ago } from '../../parts/time.tsx'
import { user } from '../../shell/session.ts'
import { LinkOf, Slots } from './link.tsx'
import type { Question } from './table.tsx'

interface Props {
  runner: Runner
  link: RunnerLink | undefined
  ask: (question: Question) => void
  onClose: () => void
}

/** All that is known of one runner, and what can be done with it. */
export function AboutRunner({ runner, link, ask, onClose }: Props) {
  const { touched, started_at, host, address } = runner
  const facts: [string, ComponentChildren][] = [
    ['State', <RunnerState key="state" runner={runner} />],
    ['Link', <LinkOf key="link" runner={runner} link={link} />],
    ['Slots', <Slots key="slots" runner={runner} />],
    ['Machine', [runner.os, host, address].filter(Boolean).join(', ') || 'not known yet'],
    ['Version', runner.version ?? 'not known yet'],
    ['Started', started_at ? <Ago key="started" time={started_at} /> : '–'],
    ['Last heard', touched ? <Ago key="heard" time={touched} /> : 'never'],
  ]
  return (
    <Dialog title={nameOf(runner)} onClose={onClose}>
      <dl class="about">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {user.value?.admin && <Connections runner={runner} />}
      <div class="buttons">
        <Button onClick={() => ask('edit')}>Edit</Button>
        <Button onClick={() => ask('cache')}>Clear cache</Button>
        <Button onClick={() => ask('token')}>New token</Button>
        <Button kind="danger" onClick={() => ask('remove')}>
          Remove
        </Button>
        <Button kind="first" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  )
}

const words = { connected: 'Connected', lost: 'Connection lost' }
const mostShown = 8

function Connections({ runner }: { runner: Runner }) {
  const all = useLive<Connection[]>(`/api/runners/${runner.id}/connections`, ({ runners }) =>
    runners.some(({ id }) => id === runner.id),
  )
  const shown = all.data.value?.slice(0, mostShown) ?? []
  return (
    <section aria-label="Connections">
      <h3 class="small strong">Connections since the server's start</h3>
      {shown.length === 0 && <p class="dim">None that it has seen begin.</p>}
      <ul class="small">
        {shown.map(({ time, state }, index) => (
          <li key={index} class="row">
            <time dateTime={time} class="num dim">
              {new Date(time).toLocaleString()}
            </time>
            {words[state]}
          </li>
        ))}
      </ul>
    </section>
  )
}
