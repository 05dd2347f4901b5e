import { useSignal } from '@preact/signals'
import { hasRows, useLive } from '../../api/live.ts'
import { isOver, type Task } from '../../api/task-records.ts'
import { Await, Empty } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Older, pageOf } from '../../parts/older.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { may } from '../../shell/rights.ts'
import { query } from '../../shell/router.ts'
import { project } from '../../shell/session.ts'
import type { ViewProps } from '../index.ts'
import { RunDialog } from './run-dialog.tsx'
import { TaskTable } from './table.tsx'

const filters = {
  All: () => true,
  'Not over': (task: Task) => !isOver(task),
  Failed: ({ status }: Task) => status === 'error',
} as const
type Filter = keyof typeof filters

export default function Tasks({ params }: ViewProps) {
  const id = Number(params.project)
  const before = query.value.get('before')
  const tasks = useLive<Task[]>(`/api/project/${id}/tasks?${pageOf(before)}`, ({ tasks }) =>
    tasks.some(({ project_id }) => project_id === id),
  )
  const filter = useSignal<Filter>('All')
  const starting = useSignal(false)
  const run = may('run', id) && (
    <Button
      kind="first"
      onClick={() => {
        starting.value = true
      }}
    >
      Run a template
    </Button>
  )
  const shown = (all: Task[]) => all.filter(filters[filter.value])
  return (
    <Page title="Tasks" tab="Tasks" crumb={project.value?.name} actions={hasRows(tasks) && run}>
      <Await of={tasks}>
        {(all) =>
          all.length === 0 ? (
            <Sheet>
              <Empty title="Nothing has been run yet">
                <p>A task is one run of a template, on one runner.</p>
                {run}
              </Empty>
            </Sheet>
          ) : (
            <>
              <fieldset class="row plain">
                <legend class="unseen">Show</legend>
                {(Object.keys(filters) as Filter[]).map((name) => (
                  <button
                    key={name}
                    type="button"
                    class="button"
                    aria-pressed={filter.value === name}
                    onClick={() => {
                      filter.value = name
                    }}
                  >
                    {name} <span class="faint num">{all.filter(filters[name]).length}</span>
                  </button>
                ))}
              </fieldset>
              <Sheet>
                {shown(all).length === 0 ? (
                  <Empty title="None of them" />
                ) : (
                  <TaskTable tasks={shown(all)} />
                )}
              </Sheet>
              <Older of={all} address={`/project/${id}/tasks`} before={before} />
            </>
          )
        }
      </Await>
      {starting.value && (
        <RunDialog
          project={id}
          onClose={() => {
            starting.value = false
          }}
        />
      )}
    </Page>
  )
}
