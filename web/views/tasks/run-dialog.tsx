/** Starts a task: which template, what its survey asks for, and what it lets one choose. */
import { useSignal } from '@preact/signals'
import type { Task } from '../../api/task-records.ts'
import { type Lists, useLists } from '../../collection/lists.ts'
import { Await, Empty } from '../../parts/await.tsx'
import { Button, LinkButton } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Select } from '../../parts/field.tsx'
import { may } from '../../shell/rights.ts'
import { RunForm } from './run-form.tsx'

interface Props {
  project: number
  /** Its id; without it one is chosen. */
  template?: number
  /** Begins with the answers of this one. */
  like?: Task
  onClose: () => void
}

export function RunDialog({ project, template, like, onClose }: Props) {
  const lists = useLists(project, ['templates', 'inventory'])
  return (
    <Dialog title={like ? `Run #${like.id} again` : 'Run a template'} onClose={onClose}>
      <Await of={lists}>
        {(all) =>
          all.templates.length === 0 ? (
            <NoTemplate project={project} onClose={onClose} />
          ) : (
            <Ask
              lists={all}
              project={project}
              chosen={like?.template_id ?? template}
              like={like}
              onClose={onClose}
            />
          )
        }
      </Await>
    </Dialog>
  )
}

function NoTemplate({ project, onClose }: Pick<Props, 'project' | 'onClose'>) {
  return (
    <Empty title="This project has no template yet">
      <p>A template says what to run, and from which repository.</p>
      <div class="row">
        <Button onClick={onClose}>Close</Button>
        {may('manage', project) && (
          <LinkButton kind="first" href={`/project/${project}/templates/new`}>
            New template
          </LinkButton>
        )}
      </div>
    </Empty>
  )
}

interface AskProps {
  lists: Lists<'templates' | 'inventory'>
  project: number
  chosen: number | undefined
  like: Task | undefined
  onClose: () => void
}

function Ask({ lists: { templates, inventory }, project, chosen, like, onClose }: AskProps) {
  const id = useSignal(String(chosen ?? templates[0]?.id))
  const template = templates.find((one) => String(one.id) === id.value)
  return (
    <>
      <Select
        label="Template"
        value={id}
        wrong={template ? undefined : 'It is not there any more: choose another'}
        choices={templates.map((one) => ({
          value: String(one.id),
          label: `${one.name} (${one.app})`,
        }))}
      />
      {template && (
        <RunForm
          key={id.value}
          template={template}
          inventory={inventory}
          project={project}
          like={like?.template_id === template.id ? like : undefined}
          onClose={onClose}
        />
      )}
    </>
  )
}
