/** One template to be changed, or a new one to be made. */
import { useSignal } from '@preact/signals'
import { ApiError } from '../../api/client.ts'
import { useLists } from '../../collection/lists.ts'
import { Form } from '../../form/form.tsx'
import { Await, Trouble } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { Page } from '../../parts/page.tsx'
import { may } from '../../shell/rights.ts'
import { go } from '../../shell/router.ts'
import { api } from '../../shell/session.ts'
import type { ViewProps } from '../index.ts'
import { RunDialog } from '../tasks/run-dialog.tsx'
import { templateSections } from './sections.ts'
import { DeleteTemplate } from './templates.tsx'

const uses = [
  'apps',
  'templates',
  'repositories',
  'inventory',
  'environment',
  'keys',
  'runner_tags',
  'views',
] as const

export default function TemplateView({ params }: ViewProps) {
  const id = Number(params.project)
  const all = `/project/${id}/templates`
  const isNew = params.template === 'new'
  const lists = useLists(id, uses)
  const open = useSignal<'run' | 'stop' | 'delete' | undefined>(undefined)
  const show = (what: 'run' | 'stop' | 'delete') => () => {
    open.value = what
  }
  const close = () => {
    open.value = undefined
  }
  const leave = () => go(all)
  const template = lists.data.value?.templates.find((one) => String(one.id) === params.template)
  const title = isNew ? 'New template' : (template?.name ?? 'Template')
  return (
    <Page
      title={title}
      tab={title}
      crumb={<a href={all}>Templates</a>}
      actions={
        template && (
          <>
            {may('manage', id) && (
              <Button kind="danger" onClick={show('delete')}>
                Delete
              </Button>
            )}
            {may('run', id) && <Button onClick={show('stop')}>Stop its tasks</Button>}
            {may('run', id) && <Button onClick={show('run')}>Run</Button>}
          </>
        )
      }
    >
      <Await of={lists}>
        {(loaded) => {
          if (!may('manage', id))
            return <Refused kind="forbidden" text="Your role may not change templates." />
          if (!isNew && !template)
            return <Refused kind="missing" text="It may have been deleted." />
          return (
            <>
              {template?.warnings.map((line) => (
                <p key={line} class="note wait">
                  {line}
                </p>
              ))}
              <Form
                long
                submit={isNew ? 'Create template' : 'Save'}
                sections={templateSections(loaded, template?.app)}
                record={template}
                save={(values) =>
                  template
                    ? api.put(`/api${all}/${template.id}`, values)
                    : api.post(`/api${all}`, values)
                }
                onSaved={leave}
                onCancel={leave}
              />
            </>
          )
        }}
      </Await>
      {template && open.value === 'run' && (
        <RunDialog project={id} template={template.id} onClose={close} />
      )}
      {template && open.value === 'stop' && (
        <Confirm
          title={`Stop the tasks of ${template.name}`}
          verb="Stop them"
          action={() => api.post(`/api${all}/${template.id}/stop_all_tasks`)}
          onClose={close}
        >
          <p>Each that waits or runs is stopped.</p>
        </Confirm>
      )}
      {template && open.value === 'delete' && (
        <DeleteTemplate project={id} template={template} then={leave} onClose={close} />
      )}
    </Page>
  )
}

function Refused({ kind, text }: { kind: 'forbidden' | 'missing'; text: string }) {
  return <Trouble error={new ApiError(kind, text)} again={() => {}} />
}
