import { useLive } from '../../api/live.ts'
import type { Project, Runner } from '../../api/records.ts'
import { isOver, type Task } from '../../api/task-records.ts'
import { Await, Empty } from '../../parts/await.tsx'
import { LinkButton } from '../../parts/button.tsx'
import { Facts, Page, Sheet } from '../../parts/page.tsx'
import { user } from '../../shell/session.ts'
import { TaskTable } from '../tasks/table.tsx'
import { Days } from './days.tsx'
import { type DayStats, lastDays, percent, successOf } from './figures.ts'
import { Now } from './now.tsx'

const shownDays = 14
const lastFailures = 5

/** What runs now, what waits and why, what failed, and how it went of late. */
export function Overview({ project }: { project: Project }) {
  const path = `/api/project/${project.id}`
  const ours = ({ tasks }: { tasks: { project_id: number }[] }) =>
    tasks.some(({ project_id }) => project_id === project.id)
  const tasks = useLive<Task[]>(`${path}/tasks/last?limit=500`, ours)
  const start = new Date(Date.now() - (shownDays - 1) * 86_400_000).toISOString().slice(0, 10)
  const stats = useLive<DayStats[]>(`${path}/stats?start=${start}`, ours)
  const runners = useLive<Runner[]>(
    user.value?.admin ? '/api/runners' : undefined,
    ({ runners }) => runners.length > 0,
  )
  return (
    <Page
      title="Overview"
      tab="Overview"
      crumb={project.name}
      actions={
        <LinkButton href={`/project/${project.id}/tasks`} kind="first">
          All tasks
        </LinkButton>
      }
    >
      <Await of={tasks}>
        {(all) =>
          all.length === 0 ? (
            <Sheet>
              <NothingYet project={project} />
            </Sheet>
          ) : (
            <Shown
              tasks={all}
              days={lastDays(stats.data.value ?? [], new Date(), shownDays)}
              runners={runners.data.value}
            />
          )
        }
      </Await>
    </Page>
  )
}

function Shown({
  tasks,
  days,
  runners,
}: {
  tasks: Task[]
  days: DayStats[]
  runners: Runner[] | undefined
}) {
  const open = tasks.filter((task) => !isOver(task))
  const waiting = open.filter(({ status }) => status === 'waiting')
  const failures = tasks.filter(({ status }) => status === 'error').slice(0, lastFailures)
  const today = successOf(days.slice(-1))
  return (
    <>
      <Sheet>
        <Facts
          of={[
            ['Running', open.length - waiting.length],
            ['Waiting', waiting.length],
            ['Ended today', today.ended, today.share === undefined ? '' : percent(today.share)],
            ...(runners ? [fleetOf(runners)] : []),
          ]}
        />
      </Sheet>
      {open.length > 0 && <Now open={open} all={tasks} runners={runners} />}
      <Days of={days} />
      {failures.length > 0 && (
        <Sheet title="Last failures">
          <TaskTable tasks={failures} />
        </Sheet>
      )}
    </>
  )
}

function fleetOf(runners: Runner[]): [string, number, string] {
  const online = runners.filter(({ status }) => status === 'online').length
  const alarms = runners.filter((runner) => runner.alarms.length > 0).length
  const more = alarms > 0 ? `, ${alarms} with alarms` : ''
  return ['Runners online', online, `of ${runners.length}${more}`]
}

function NothingYet({ project }: { project: Project }) {
  return (
    <Empty title="Nothing has been run yet">
      <p>What runs, what waits and how it went will be seen here.</p>
      {user.value?.admin ? (
        <LinkButton href="/first-steps" kind="first">
          First steps
        </LinkButton>
      ) : (
        <LinkButton href={`/project/${project.id}/tasks`}>Tasks</LinkButton>
      )}
    </Empty>
  )
}
