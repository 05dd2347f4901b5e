import { hasRows, useLive } from '../../api/live.ts'
import type { Integration } from '../../api/records.ts'
import { nameIn, useLists } from '../../collection/lists.ts'
import { NamedTable } from '../../collection/table.tsx'
import { useAsked } from '../../parts/asked.ts'
import { Await, Empty } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { may } from '../../shell/rights.ts'
import { go } from '../../shell/router.ts'
import { project } from '../../shell/session.ts'
import type { ViewProps } from '../index.ts'
import { Addresses } from './addresses.tsx'
import { methodOf } from './fields.ts'
import { IntegrationForm, uses } from './form.tsx'

export default function Integrations({ params }: ViewProps) {
  const id = Number(params.project)
  const address = `/project/${id}/integrations`
  const path = `/api${address}`
  const integrations = useLive<Integration[]>(path)
  const lists = useLists(id, uses)
  const { asked, ask, close } = useAsked<'new'>()
  const mayChange = may('manage', id)
  const make = mayChange && lists.data.value && (
    <Button kind="first" onClick={() => ask('new')}>
      New integration
    </Button>
  )
  return (
    <Page
      title="Integrations"
      tab="Integrations"
      crumb={project.value?.name}
      actions={hasRows(integrations) && make}
    >
      <Await of={integrations}>
        {(all) => (
          <>
            <Sheet>
              {all.length === 0 ? (
                <Empty title="No integration yet">
                  <p>An integration starts tasks of a template when another service knocks.</p>
                  {make}
                </Empty>
              ) : (
                <NamedTable
                  rows={all}
                  columns={[
                    {
                      head: '',
                      cell: (one) => nameIn(lists.data.value?.templates ?? [], one.template_id),
                    },
                    { head: 'Proof', cell: methodOf },
                    {
                      head: 'Addresses of the project',
                      later: true,
                      cell: ({ searchable }) => (searchable ? 'Lead here, too' : '–'),
                    },
                  ]}
                  href={(one) => `${address}/${one.id}`}
                />
              )}
            </Sheet>
            {all.length > 0 && (
              <Addresses
                title="Addresses of the project"
                about="A POST to one of them starts each integration that lets them lead to it and whose matchers, one at least, all match."
                path={path}
                mayChange={mayChange}
              />
            )}
          </>
        )}
      </Await>
      {asked && lists.data.value && (
        <IntegrationForm
          path={path}
          lists={lists.data.value}
          onSaved={(made) => go(`${address}/${made}`)}
          onClose={close}
        />
      )}
    </Page>
  )
}
