/** What came of the requests that knocked: tasks, and why there was none. */
import { useLive } from '../../api/live.ts'
import type { Deed } from '../../api/records.ts'
import type { Task } from '../../api/task-records.ts'
import { Await } from '../../parts/await.tsx'
import { Sheet } from '../../parts/page.tsx'
import { DeedTable } from '../activity/table.tsx'
import { TaskTable } from '../tasks/table.tsx'

interface Props {
  project: number
  integration: number
}

/** Of the last 200 tasks and events of the project: the server looks for no others. */
export function Started({ project, integration }: Props) {
  const path = `/api/project/${project}`
  const tasks = useLive<Task[]>(`${path}/tasks/last`, ({ tasks }) =>
    tasks.some(({ project_id }) => project_id === project),
  )
  const events = useLive<Deed[]>(`${path}/events/last`)
  return (
    <>
      <Await of={tasks}>
        {(last) => {
          const own = last.filter(({ integration_id }) => integration_id === integration)
          return (
            <Sheet title="Started" aside="Among the last 200 tasks of the project">
              {own.length === 0 ? (
                <p class="body dim">No task has been started by it lately.</p>
              ) : (
                <TaskTable tasks={own} />
              )}
            </Sheet>
          )
        }}
      </Await>
      <Await of={events}>
        {(last) => {
          const own = last.filter(
            ({ object_type, object_id }) =>
              object_type === 'integration' && object_id === integration,
          )
          return (
            own.length > 0 && (
              <Sheet title="What happened" aside="Also why a request started nothing">
                <DeedTable of={own} />
              </Sheet>
            )
          )
        }}
      </Await>
    </>
  )
}
