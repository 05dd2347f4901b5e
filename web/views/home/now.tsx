import { nameOf, type Runner } from '../../api/records.ts'
import type { Task } from '../../api/task-records.ts'
import { Spark } from '../../parts/chart.tsx'
import { Sheet } from '../../parts/page.tsx'
import { TaskState } from '../../parts/state.tsx'
import { Ago, duration, Lasted, LocalTimes } from '../../parts/time.tsx'
import { useFindings } from '../task/findings.ts'
import { addressOf } from '../tasks/table.tsx'
import { durationsOf, usually } from './figures.ts'

interface Props {
  open: Task[]
  all: Task[]
  runners: Runner[] | undefined
}

/** So many at most: who has more looks at the list. */
const most = 20

export function Now({ open, all, runners }: Props) {
  const nameOfRunner = (id: number | null) => {
    const runner = runners?.find((one) => one.id === id)
    return runner ? nameOf(runner) : id === null ? '–' : `runner ${id}`
  }
  return (
    <Sheet title="Now" aside={open.length > most ? `the newest ${most}` : undefined}>
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th>Task</th>
              <th>State</th>
              <th class="later">Runner</th>
              <th class="later">Since</th>
              <th class="later">Usually</th>
              <th class="later">Durations</th>
            </tr>
          </thead>
          <tbody>
            {open.slice(0, most).map((task) => (
              <Row
                key={task.id}
                task={task}
                runner={nameOfRunner(task.runner_id)}
                durations={durationsOf(all, task.template_id)}
              />
            ))}
          </tbody>
        </table>
      </div>
    </Sheet>
  )
}

function Row({ task, runner, durations }: { task: Task; runner: string; durations: number[] }) {
  const usual = usually(durations)
  return (
    <tr>
      <td>
        <a class="strong" href={addressOf(task)}>
          {task.tpl_alias || 'a removed template'} <span class="faint num">#{task.id}</span>
        </a>
        <div class="faint small">
          {task.status === 'waiting' ? (
            <WaitsFor task={task} />
          ) : (
            [task.tpl_app, task.user_name, task.message].filter(Boolean).join(' · ')
          )}
        </div>
      </td>
      <td>
        <TaskState task={task} />
      </td>
      <td class="later">{runner}</td>
      <td class="later dim">
        {task.start ? <Lasted from={task.start} to={null} /> : <Ago time={task.created} />}
      </td>
      <td class="later dim num">{usual === undefined ? '–' : duration(usual)}</td>
      <td class="later">
        <Spark
          values={durations}
          label={`The last ${durations.length} successes took ${durations.map(duration).join(', ')}`}
          tone="run"
        />
      </td>
    </tr>
  )
}

/** The most important reason, in the same line. */
function WaitsFor({ task }: { task: Task }) {
  const path = `/api/project/${task.project_id}/tasks/${task.id}`
  return <LocalTimes text={useFindings(path, task.status)[0]?.text ?? ''} />
}
