/** What a run of one template is asked for. */
import { useLive } from '../../api/live.ts'
import type { Inventory, Template } from '../../api/records.ts'
import type { Task } from '../../api/task-records.ts'
import { Form } from '../../form/form.tsx'
import { Await } from '../../parts/await.tsx'
import { go } from '../../shell/router.ts'
import { api } from '../../shell/session.ts'
import { runSections } from './run-fields.ts'
import { requestOf, startOf } from './run-values.ts'
import { addressOf } from './table.tsx'

interface Props {
  project: number
  template: Template
  inventory: readonly Inventory[]
  /** Begins with the answers of this one. */
  like: Task | undefined
  onClose: () => void
}

export function RunForm(props: Props) {
  return props.template.type === 'deploy' ? <Deploy {...props} /> : <Asked builds={[]} {...props} />
}

/** Which builds there are has to be known first. */
function Deploy(props: Props) {
  const { project, template } = props
  const builds = `/api/project/${project}/templates/${template.build_template_id}/tasks/last`
  const tasks = useLive<Task[]>(builds)
  return (
    <Await of={tasks}>
      {(all) => <Asked builds={all.filter(({ status }) => status === 'success')} {...props} />}
    </Await>
  )
}

function Asked({
  project,
  template,
  inventory,
  builds,
  like,
  onClose,
}: Props & { builds: readonly Task[] }) {
  return (
    <Form
      submit="Run"
      losable
      sections={runSections(template, inventory, builds)}
      record={like && startOf(like, template)}
      save={(values) =>
        api.post<Task>(`/api/project/${project}/tasks`, requestOf(values, template))
      }
      onSaved={(task) => {
        onClose()
        go(addressOf(task))
      }}
      onCancel={onClose}
    />
  )
}
