/** Templates with how each of them went last, under the tabs that the project has for them. */
import { useLive } from '../../api/live.ts'
import type { Template, TemplateView } from '../../api/records.ts'
import type { Task } from '../../api/task-records.ts'
import { type Lists, nameIn } from '../../collection/lists.ts'
import { type Column, NamedTable } from '../../collection/table.tsx'
import { Empty } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { TaskState } from '../../parts/state.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { may } from '../../shell/rights.ts'
import { addressOf } from '../tasks/table.tsx'

interface Props {
  project: number
  lists: Lists<'templates' | 'repositories' | 'views'>
  onRun: (template: Template) => void
  onDelete: (template: Template) => void
}

/** No tabs where a project has made none. */
export function TemplateTabs(props: Props) {
  const { templates, views } = props.lists
  const shown = views.filter(({ hidden }) => !hidden)
  if (shown.length === 0) return <TemplateTable {...props} templates={templates} />
  const all = shown.some(({ type }) => type === 'all') ? [] : [everything]
  return (
    <Tabs
      of={[...all, ...shown].map((view) => ({
        name: view.title,
        content: <TemplateTable {...props} templates={templates.filter(isIn(view))} />,
      }))}
    />
  )
}

const everything = { id: 0, title: 'All', type: 'all' } as const

const isIn =
  ({ id, type }: Pick<TemplateView, 'id' | 'type'>) =>
  ({ view_id }: Template) =>
    type === 'all' || view_id === id

function TemplateTable({
  project,
  lists,
  templates,
  onRun,
  onDelete,
}: Props & { templates: Template[] }) {
  const tasks = useLive<Task[]>(`/api/project/${project}/tasks/last`, ({ tasks }) =>
    tasks.some(({ project_id }) => project_id === project),
  )
  if (templates.length === 0) return <Empty title="No template is in this view" />
  return (
    <NamedTable
      rows={templates}
      columns={[
        { head: '', cell: ({ app, playbook }) => `${app} · ${playbook || '/'}` },
        lastTask(tasks.data.value ?? []),
        {
          head: 'Repository',
          later: true,
          cell: ({ repository_id }) => nameIn(lists.repositories, repository_id),
        },
        {
          head: 'Runner tag',
          later: true,
          cell: ({ runner_tag }) => runner_tag && <span class="tag">{runner_tag}</span>,
        },
      ]}
      action={may('run', project) ? (template) => <Run of={template} run={onRun} /> : undefined}
      {...(may('manage', project) && {
        href: ({ id }: Template) => `/project/${project}/templates/${id}`,
        onDelete,
      })}
    />
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
        <TaskState task={last} /> <span class="faint num">#{last.id}</span>
      </a>
    )
  },
})
