import { useSignal } from '@preact/signals'
import { hasRows, useLive } from '../../api/live.ts'
import type { Runner, RunnerLink } from '../../api/records.ts'
import { Await, Empty } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Facts, Page, Sheet } from '../../parts/page.tsx'
import { project, user } from '../../shell/session.ts'
import type { ViewProps } from '../index.ts'
import { AddRunner } from './add-runner.tsx'
import { sizeOf } from './link.tsx'
import { RunnerTable } from './table.tsx'

/** Those of all projects, or of the one that the address names. */
export default function Runners({ params }: ViewProps) {
  const base = params.project ? `/api/project/${params.project}/runners` : '/api/runners'
  const news = ({ runners, tasks }: { runners: unknown[]; tasks: unknown[] }) =>
    runners.length + tasks.length > 0
  const runners = useLive<Runner[]>(base, news)
  const links = useLive<RunnerLink[]>(user.value?.admin ? '/api/runner_links' : undefined, news)
  const adding = useSignal(false)
  const add = (
    <Button
      kind="first"
      onClick={() => {
        adding.value = true
      }}
    >
      Add runner
    </Button>
  )
  return (
    <Page
      title="Runners"
      tab="Runners"
      crumb={params.project ? project.value?.name : 'All projects'}
      actions={hasRows(runners) && add}
    >
      <Await of={runners}>
        {(all) =>
          all.length === 0 ? (
            <Sheet>
              <Empty title="No runners yet">
                <p>
                  A runner is the program that does the work, on a machine that can reach this
                  server. It only connects out.
                </p>
                {add}
              </Empty>
            </Sheet>
          ) : (
            <>
              <Sheet>
                <Facts of={factsOf(all, links.data.value)} />
              </Sheet>
              <Sheet>
                <RunnerTable
                  base={base}
                  runners={all}
                  links={links.data.value}
                  again={runners.again}
                />
              </Sheet>
            </>
          )
        }
      </Await>
      {adding.value && (
        <AddRunner
          base={base}
          runners={runners}
          onClose={() => {
            adding.value = false
          }}
        />
      )}
    </Page>
  )
}

function factsOf(
  all: Runner[],
  links: RunnerLink[] | undefined,
): [string, string | number, string?][] {
  const online = all.filter(({ status }) => status === 'online')
  const free = online.flatMap(({ free_slots }) => free_slots ?? [])
  const used = all.reduce((sum, { running_tasks }) => sum + running_tasks, 0)
  const unlimited = free.length < online.length
  const room = free.reduce((sum, one) => sum + one, 0)
  const alarms = all.filter(({ alarms }) => alarms.length > 0)
  const bytes = links?.reduce((sum, link) => sum + link.bytes, 0)
  return [
    ['Online', online.length, `of ${all.length}`],
    ['Tasks at work', used, unlimited ? 'no limit' : `room for ${room} more`],
    ['With alarms', alarms.length],
    ...(bytes === undefined ? [] : [wire(bytes)]),
  ]
}

const wire = (bytes: number): [string, string, string] => ['On the wire today', ...sizeOf(bytes)]
