import { useSignal } from '@preact/signals'
import { useLive } from '../../api/live.ts'
import type { Task, Template } from '../../api/records.ts'
import { DeleteNamed } from '../../collection/collection.tsx'
import { nameIn, useLists } from '../../collection/lists.ts'
import { type Column, NamedTable } from '../../collection/table.tsx'
import { Await, Empty } from '../../parts/await.tsx'
import { Button, LinkButton } from '../../parts/button.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { TaskState } from '../../parts/state.tsx'
import { may } from '../../shell/rights.ts'
import { project } from '../../shell/session.ts'
import type { ViewProps } from '../index.ts'
import { RunDialog } from '../tasks/run-dialog.tsx'
import { addressOf } from '../tasks/table.tsx'

type Open = { what: 'run' | 'delete'; template: Template }

export default function Templates({ params }: ViewProps) {
  const id = Number(params.project)
  const address = `/project/${id}/templates`
  const lists = useLists(id, ['templates', 'repositories'])
  const tasks = useLive<Task[]>(`/api/project/${id}/tasks/last`, ({ tasks }) =>
    tasks.some(({ project_id }) => project_id === id),
  )
  const open = useSignal<Open | undefined>(undefined)
  const show = (what: Open['what']) => (template: Template) => {
    open.value = { what, template }
  }
  const close = () => {
    open.value = undefined
  }
  const manage = may('manage', id)
  const make = manage && (
    <LinkButton kind="first" href={`${address}/new`}>
      New template
    </LinkButton>
  )
  const asked = open.value
  return (
    <Page title="Templates" tab="Templates" crumb={project.value?.name} actions={make}>
      <Await of={lists}>
        {({ templates, repositories }) => (
          <Sheet>
            {templates.length === 0 ? (
              <Empty title="No template yet">
                <p>
                  A template says what to run, from which repository, and with which inventory and
                  variables. Each run of it is a task.
                </p>
                {make}
              </Empty>
            ) : (
              <NamedTable
                rows={templates}
                columns={[
                  { head: '', cell: ({ app, playbook }) => `${app} · ${playbook || '/'}` },
                  lastTask(tasks.data.value ?? []),
                  {
                    head: 'Repository',
                    later: true,
                    cell: ({ repository_id }) => nameIn(repositories, repository_id),
                  },
                  {
                    head: 'Runner tag',
                    later: true,
                    cell: ({ runner_tag }) => runner_tag && <span class="tag">{runner_tag}</span>,
                  },
                ]}
                action={
                  may('run', id) ? (template) => <Run of={template} run={show('run')} /> : undefined
                }
                {...(manage && {
                  href: ({ id }: Template) => `${address}/${id}`,
                  onDelete: show('delete'),
                })}
              />
            )}
          </Sheet>
        )}
      </Await>
      {asked?.what === 'run' && (
        <RunDialog project={id} template={asked.template.id} onClose={close} />
      )}
      {asked?.what === 'delete' && (
        <DeleteTemplate project={id} template={asked.template} then={lists.again} onClose={close} />
      )}
    </Page>
  )
}

function Run({ of, run }: { of: Template; run: (template: Template) => void }) {
  return (
    <Button onClick={() => run(of)}>
      Run<span class="unseen"> {of.name}</span>
    </Button>
  )
}

const lastTask = (tasks: readonly Task[]): Column<Template> => ({
  head: 'Last task',
  later: true,
  cell: ({ id }) => {
    const last = tasks.find(({ template_id }) => template_id === id)
    if (!last) return '–'
    return (
      <a class="row" href={addressOf(last)}>
        <TaskState status={last.status} /> <span class="faint num">#{last.id}</span>
      </a>
    )
  },
})

interface DeleteProps {
  project: number
  template: Template
  then: () => void
  onClose: () => void
}

export function DeleteTemplate({ project, template, then, onClose }: DeleteProps) {
  return (
    <DeleteNamed
      named={template}
      one="template"
      path={`/api/project/${project}/templates/${template.id}`}
      onDeleted={then}
      onClose={onClose}
    >
      <p>Its tasks and their logs go with it. This cannot be taken back.</p>
    </DeleteNamed>
  )
}
