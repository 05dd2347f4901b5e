/** One integration: its addresses, what it looks for in a request, and what came of those that knocked. */
import { useLive } from '../../api/live.ts'
import type { Integration } from '../../api/records.ts'
import { DeleteNamed } from '../../collection/collection.tsx'
import { nameIn, useLists } from '../../collection/lists.ts'
import { useAsked } from '../../parts/asked.ts'
import { Await } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Page } from '../../parts/page.tsx'
import { may } from '../../shell/rights.ts'
import { go } from '../../shell/router.ts'
import type { ViewProps } from '../index.ts'
import { Addresses } from './addresses.tsx'
import { bringsOf } from './fields.ts'
import { IntegrationForm, uses } from './form.tsx'
import { matchers, values } from './part-fields.ts'
import { Parts } from './parts.tsx'
import { Started } from './started.tsx'

export default function IntegrationView({ params }: ViewProps) {
  const project = Number(params.project)
  const all = `/project/${project}/integrations`
  const path = `/api${all}/${params.integration}`
  const integration = useLive<Integration>(path)
  const lists = useLists(project, uses)
  const { asked, ask, close } = useAsked<'edit' | 'delete'>()
  const mayChange = may('manage', project)
  const known = integration.data.value
  const title = known?.name ?? 'Integration'
  const templates = lists.data.value?.templates ?? []
  return (
    <Page
      title={title}
      tab={title}
      crumb={<a href={all}>Integrations</a>}
      facts={known && `Starts ${nameIn(templates, known.template_id)}`}
      actions={
        known &&
        mayChange && (
          <>
            <Button kind="danger" onClick={() => ask('delete')}>
              Delete
            </Button>
            {lists.data.value && <Button onClick={() => ask('edit')}>Edit</Button>}
          </>
        )
      }
    >
      <Await of={integration}>
        {(one) => (
          <>
            <Addresses
              title="Addresses"
              about={`A POST to one of them starts a task. A request brings ${bringsOf(one)}.`}
              path={path}
              mayChange={mayChange}
            />
            <Parts of={values} path={path} mayChange={mayChange} />
            <Parts of={matchers} path={path} mayChange={mayChange} />
            <Started project={project} integration={one.id} />
          </>
        )}
      </Await>
      {known && lists.data.value && asked === 'edit' && (
        <IntegrationForm
          path={`/api${all}`}
          lists={lists.data.value}
          integration={known}
          onSaved={() => {
            integration.again()
            close()
          }}
          onClose={close}
        />
      )}
      {known && asked === 'delete' && (
        <DeleteNamed
          named={known}
          one="integration"
          path={path}
          onDeleted={() => go(all)}
          onClose={close}
        >
          <p>Its addresses go with it: whoever still knocks there is told that there is nothing.</p>
        </DeleteNamed>
      )}
    </Page>
  )
}
