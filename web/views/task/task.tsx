import { useLive } from '../../api/live.ts'
import { nameOf, type Runner } from '../../api/records.ts'
import { isOver, type TaskDetail } from '../../api/task-records.ts'
import { LogView } from '../../log/log-view.tsx'
import { useMarks } from '../../log/use-marks.ts'
import { Await } from '../../parts/await.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { TaskState, wordOf } from '../../parts/state.tsx'
import { Ago } from '../../parts/time.tsx'
import { project, user } from '../../shell/session.ts'
import type { ViewProps } from '../index.ts'
import { TaskActions } from './actions.tsx'
import { Artifacts } from './artifacts.tsx'
import { PhasesBar } from './phases-bar.tsx'
import { Planned, SummaryOf } from './summary.tsx'
import { Why } from './why.tsx'

export default function TaskPage({ params }: ViewProps) {
  const id = Number(params.task)
  const path = `/api/project/${params.project}/tasks/${id}`
  const task = useLive<TaskDetail>(path, ({ tasks }) => tasks.some((one) => one.id === id))
  return <Await of={task}>{(one) => <Shown task={one} path={path} again={task.again} />}</Await>
}

function Shown({ task, path, again }: { task: TaskDetail; path: string; again: () => void }) {
  const name = task.tpl_alias || 'A removed template'
  const over = isOver(task)
  const marks = useMarks(path, task.attempt, over)
  const planned =
    task.status === 'waiting_confirmation' &&
    marks.marks.value.findLast(({ kind }) => kind === 'planned')
  return (
    <Page
      tab={`${wordOf(task.status)}: ${name} #${task.id}`}
      crumb={
        <>
          {project.value?.name} / <a href={`/project/${task.project_id}/tasks`}>Tasks</a>
        </>
      }
      title={
        <>
          {name} <span class="faint num">#{task.id}</span>
        </>
      }
      facts={<FactsOf task={task} />}
      actions={<TaskActions task={task} path={path} again={again} />}
    >
      {task.start && (
        <Sheet>
          <PhasesBar task={task} marks={marks.marks.value} />
        </Sheet>
      )}
      {task.reason && (
        <p class={`note ${task.status === 'error' ? 'fail' : 'off'}`}>{task.reason}</p>
      )}
      {!over && <Why path={path} status={task.status} />}
      {planned && <Planned path={path} attempt={task.attempt} line={planned.line} />}
      {task.summary && <SummaryOf summary={task.summary} />}
      {task.attempt > 0 && <Artifacts key={task.attempt} path={path} id={task.id} />}
      {task.attempt > 0 && (
        <LogView key={task.attempt} path={path} attempt={task.attempt} over={over} marks={marks} />
      )}
    </Page>
  )
}

function FactsOf({ task }: { task: TaskDetail }) {
  return (
    <>
      <TaskState task={task} />
      {task.runner_id !== null && <RunnerOf id={task.runner_id} />}
      {task.commit_hash && (
        <code title={task.commit_message ?? undefined}>
          {task.git_branch && `${task.git_branch} @ `}
          {task.commit_hash.slice(0, 8)}
        </code>
      )}
      <span>
        {task.user_name && `by ${task.user_name}, `}
        <Ago time={task.created} />
      </span>
      {task.attempt > 1 && <span>attempt {task.attempt}</span>}
      {task.exit_code !== null && task.exit_code !== 0 && (
        <span class="num">exit code {task.exit_code}</span>
      )}
      {task.message && <span>“{task.message}”</span>}
    </>
  )
}

/** By its name, for those who may know it. */
function RunnerOf({ id }: { id: number }) {
  const runner = useLive<Runner>(user.value?.admin ? `/api/runners/${id}` : undefined).data.value
  return <span class="break">on {runner ? nameOf(runner) : `runner ${id}`}</span>
}
