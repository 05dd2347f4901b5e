import type { Task } from '../../api/task-records.ts'
import { TaskState } from '../../parts/state.tsx'
import { Ago, Lasted } from '../../parts/time.tsx'

export const addressOf = ({ id, project_id }: Pick<Task, 'id' | 'project_id'>) =>
  `/project/${project_id}/tasks/${id}`

export function TaskTable({ tasks }: { tasks: Task[] }) {
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th>Task</th>
            <th>State</th>
            <th class="later">Asked for</th>
            <th class="later">Took</th>
            <th class="later">Why</th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <tr key={task.id}>
              <td>
                <a class="strong" href={addressOf(task)}>
                  {task.tpl_alias || 'a removed template'} <span class="faint num">#{task.id}</span>
                </a>
                <div class="faint small">
                  {[task.tpl_app, task.user_name, task.message].filter(Boolean).join(' · ')}
                </div>
              </td>
              <td>
                <TaskState task={task} />
              </td>
              <td class="later dim">
                <Ago time={task.created} />
              </td>
              <td class="later dim">
                {task.start ? <Lasted from={task.start} to={task.end} /> : '–'}
              </td>
              <td class="later dim small">{task.held ?? task.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
