import { useSignal } from '@preact/signals'
import { ApiError } from '../../api/client.ts'
import { isOver, type Task } from '../../api/task-records.ts'
import { useAsked } from '../../parts/asked.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { may } from '../../shell/rights.ts'
import { go } from '../../shell/router.ts'
import { api } from '../../shell/session.ts'
import { RunDialog } from '../tasks/run-dialog.tsx'
import { addressOf } from '../tasks/table.tsx'

interface Props {
  task: Task
  path: string
  again: () => void
}

/** What can be done with the task as it is now; a refusal is told beside it. */
export function TaskActions({ task, path, again }: Props) {
  const refused = useSignal<string | undefined>(undefined)
  const { asked, ask, close } = useAsked<'again' | 'force' | 'delete'>()
  const doing = (action: () => Promise<unknown>) => async () => {
    refused.value = undefined
    try {
      await action()
      again()
    } catch (error) {
      refused.value = error instanceof ApiError ? error.message : String(error)
    }
  }
  const runAgain = doing(async () => {
    const { template_id, message, environment, git_branch, inventory_id, params } = task
    const { build_task_id } = task
    const args = task.arguments && { arguments: task.arguments }
    const body = {
      template_id,
      message,
      environment,
      inventory_id,
      params,
      build_task_id,
      ...args,
      ...(git_branch && { git_branch }),
    }
    try {
      go(addressOf(await api.post<Task>(`/api/project/${task.project_id}/tasks`, body)))
    } catch (error) {
      // A secret, which nobody keeps, or a template that asks for something else by now.
      if (!(error instanceof ApiError && error.kind === 'invalid')) throw error
      ask('again')
    }
  })
  if (!may('run', task.project_id)) return null
  return (
    <>
      {refused.value && (
        <span role="alert" class="note fail">
          {refused.value}
        </span>
      )}
      {task.status === 'waiting_confirmation' && (
        <>
          <Button kind="danger" onClick={doing(() => api.post(`${path}/reject`))}>
            Reject
          </Button>
          <Button kind="first" onClick={doing(() => api.post(`${path}/confirm`))}>
            Confirm
          </Button>
        </>
      )}
      {isOver(task) && may('manage', task.project_id) && (
        <Button kind="danger" onClick={() => ask('delete')}>
          Delete
        </Button>
      )}
      {isOver(task) && <Button onClick={runAgain}>Run again</Button>}
      {!isOver(task) && task.status !== 'stopping' && (
        <Button kind="danger" onClick={doing(() => api.post(`${path}/stop`))}>
          Stop
        </Button>
      )}
      {task.status === 'stopping' && (
        <Button kind="danger" onClick={() => ask('force')}>
          Stop by force
        </Button>
      )}
      {asked === 'again' && <RunDialog project={task.project_id} like={task} onClose={close} />}
      {asked === 'delete' && (
        <Confirm
          title={`Delete #${task.id}`}
          name={`#${task.id}`}
          verb="Delete task"
          action={() => api.delete(path).then(() => go(`/project/${task.project_id}/tasks`))}
          onClose={close}
        >
          <p>Its log and its files go with it. This cannot be taken back.</p>
        </Confirm>
      )}
      {asked === 'force' && (
        <Confirm
          title={`Stop #${task.id} by force`}
          verb="Stop by force"
          action={() => api.post(`${path}/stop`, { force: true }).then(again)}
          onClose={close}
        >
          <p>
            The task ends at once here, whatever its runner says. The runner is told to kill it when
            it is back.
          </p>
        </Confirm>
      )}
    </>
  )
}
