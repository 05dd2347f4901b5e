import { useSignal } from '@preact/signals'
import type { Template } from '../../api/records.ts'
import { DeleteNamed } from '../../collection/collection.tsx'
import { useLists } from '../../collection/lists.ts'
import { Await, Empty } from '../../parts/await.tsx'
import { LinkButton } from '../../parts/button.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { may } from '../../shell/rights.ts'
import { project } from '../../shell/session.ts'
import type { ViewProps } from '../index.ts'
import { RunDialog } from '../tasks/run-dialog.tsx'
import { TemplateTabs } from './table.tsx'

type Open = { what: 'run' | 'delete'; template: Template }

export default function Templates({ params }: ViewProps) {
  const id = Number(params.project)
  const address = `/project/${id}/templates`
  const lists = useLists(id, ['templates', 'repositories', 'views'])
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
    <Page
      title="Templates"
      tab="Templates"
      crumb={project.value?.name}
      actions={
        <>
          {manage && <LinkButton href={`/project/${id}/views`}>Views</LinkButton>}
          {lists.data.value?.templates.length ? make : null}
        </>
      }
    >
      <Await of={lists}>
        {(all) => (
          <Sheet>
            {all.templates.length === 0 ? (
              <Empty title="No template yet">
                <p>
                  A template says what to run, from which repository, and with which inventory and
                  variables. Each run of it is a task.
                </p>
                {make}
              </Empty>
            ) : (
              <TemplateTabs
                project={id}
                lists={all}
                onRun={show('run')}
                onDelete={show('delete')}
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
