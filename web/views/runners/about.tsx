import type { ComponentChildren } from 'preact'
import { nameOf, type Runner, type RunnerLink } from '../../api/records.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { RunnerState } from '../../parts/state.tsx'
import { Ago } from '../../parts/time.tsx'
import { user } from '../../shell/session.ts'
import { Alarms } from './alarms.tsx'
import { Connections } from './connections.tsx'
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
      <Alarms of={runner} />
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
