import type { Schedule } from '../../api/records.ts'
import { type Collection, CollectionView } from '../../collection/collection.tsx'
import type { Lists } from '../../collection/lists.ts'
import type { Column } from '../../collection/table.tsx'
import { Switch } from '../../parts/switch.tsx'
import { may } from '../../shell/rights.ts'
import { api } from '../../shell/session.ts'
import type { ViewProps } from '../index.ts'
import { choiceSections, fromChoices, withChoices } from '../tasks/task-choices.ts'
import { whenSection } from './fields.ts'
import { NextRuns } from './next-runs.tsx'
import { inWords, moment } from './words.ts'

type Uses = 'schedules' | 'templates' | 'inventory' | 'repositories'

const schedules = (project: number): Collection<Uses, Schedule> => ({
  kind: 'schedules',
  title: 'Schedules',
  one: 'schedule',
  about: 'A schedule runs a template by itself: again and again, or once.',
  uses: ['schedules', 'templates', 'inventory', 'repositories'],
  // Whoever ran leaves a new time behind.
  concerns: ({ tasks }) => tasks.some(({ project_id }) => project_id === project),
  rows: ({ schedules }) => schedules.map((one) => ({ ...one, name: one.name || one.tpl_name })),
  columns: (_lists, again) => columnsOf(project, again),
  sections: ({ templates, inventory, repositories }: Lists<Uses>) => [
    whenSection(templates, repositories),
    ...choiceSections(templates, inventory),
  ],
  record: (schedule, { templates }) => withChoices(schedule, templates),
  // Of what nothing is said the server keeps what it has: one that runs once can have no repository.
  body: async (values, { templates }) => ({
    repository_id: null,
    ...fromChoices(values, templates),
  }),
  below: (look, path) => <NextRuns look={look} path={path} />,
  broad: true,
})

export default function Schedules({ params }: ViewProps) {
  const id = Number(params.project)
  return <CollectionView of={schedules(id)} id={id} />
}

function columnsOf(project: number, again: () => void): Column<Schedule>[] {
  return [
    { head: '', cell: (one) => whenOf(one) },
    { head: 'Template', later: true, cell: ({ tpl_name }) => tpl_name },
    {
      head: 'Next run',
      cell: ({ next_run, active, trouble }) => (
        <>
          {active && next_run ? moment(next_run) : '–'}
          {trouble && <div class="wrong small">{trouble}</div>}
        </>
      ),
    },
    { head: 'Last run', later: true, cell: ({ last_run }) => (last_run ? moment(last_run) : '–') },
    {
      head: 'Active',
      cell: ({ id, name, active }) => (
        <Switch
          label={`${name} runs`}
          on={active}
          disabled={!may('manage', project)}
          change={async (active) => {
            await api.put(`/api/project/${project}/schedules/${id}/active`, { active })
            again()
          }}
        />
      ),
    },
  ]
}

function whenOf({ type, cron_format, run_at, timezone }: Schedule): string {
  const when = type === 'run_at' ? `Once, ${moment(run_at ?? '')}` : inWords(cron_format)
  return timezone ? `${when ?? cron_format}, ${timezone}` : (when ?? cron_format)
}
