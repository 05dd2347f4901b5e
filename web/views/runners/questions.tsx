/** What is asked before something is done to a runner that cannot be taken back. */
import { nameOf, type Runner } from '../../api/records.ts'
import { Confirm } from '../../parts/dialog.tsx'
import { api } from '../../shell/session.ts'

interface Props {
  runner: Runner
  /** Of the runner in the API. */
  path: string
  again: () => void
  onClose: () => void
}

export function RemoveRunner({ runner, path, again, onClose }: Props) {
  const { running_tasks: tasks } = runner
  return (
    <Confirm
      title={`Remove ${nameOf(runner)}`}
      name={nameOf(runner)}
      verb="Remove runner"
      action={() => api.delete(path).then(again)}
      onClose={onClose}
    >
      <p>Its token works no longer and its connection is closed.</p>
      <p>
        {tasks === 0
          ? 'It runs nothing now.'
          : `${tasks === 1 ? 'The task' : `The ${tasks} tasks`} that it has now will be given up: each fails, or goes to another runner where its template allows that. Switch the runner off and wait to let them end.`}
      </p>
    </Confirm>
  )
}

export function ClearCache({ runner, path, again, onClose }: Props) {
  return (
    <Confirm
      title={`Clear the cache of ${nameOf(runner)}`}
      verb="Clear cache"
      action={() => api.delete(`${path}/cache`).then(again)}
      onClose={onClose}
    >
      <p>
        The clones of repositories that it keeps are removed, now or when it is back. The next task
        fetches its repository anew.
      </p>
    </Confirm>
  )
}
