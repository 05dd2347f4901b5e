/** What runs templates, on the whole server: how each is called, and whether its tasks may start. */
import { useLive } from '../../api/live.ts'
import type { App } from '../../api/records.ts'
import { NamedTable } from '../../collection/table.tsx'
import type { FieldSpec } from '../../form/fields.ts'
import { FormDialog } from '../../form/form.tsx'
import { useAsked } from '../../parts/asked.ts'
import { Await } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { Switch } from '../../parts/switch.tsx'
import { api } from '../../shell/session.ts'

type Question = { what: 'edit'; app: App | undefined } | { what: 'reset'; app: App }

export default function Apps() {
  const apps = useLive<App[]>('/api/apps')
  const { asked, ask, close } = useAsked<Question>()
  const switchTo = (id: string) => async (active: boolean) => {
    await api.post(`/api/apps/${id}/active`, { active })
    apps.again()
  }
  return (
    <Page
      title="Apps"
      tab="Apps"
      crumb="All projects"
      actions={
        <Button kind="first" onClick={() => ask({ what: 'edit', app: undefined })}>
          New app
        </Button>
      }
    >
      <Await of={apps}>
        {(all) => (
          <Sheet>
            <NamedTable
              rows={all.map((app) => ({ ...app, name: app.title }))}
              columns={[
                { head: '', cell: ({ id }) => id },
                { head: 'Order', later: true, cell: ({ priority }) => priority },
                {
                  head: 'Active',
                  cell: ({ id, title, active }) => (
                    <Switch label={`${title} runs`} on={active} change={switchTo(id)} />
                  ),
                },
              ]}
              onEdit={(app) => ask({ what: 'edit', app })}
              action={(app) => (
                <Button onClick={() => ask({ what: 'reset', app })}>
                  Reset<span class="unseen"> {app.title}</span>
                </Button>
              )}
            />
          </Sheet>
        )}
      </Await>
      {asked?.what === 'edit' && (
        <FormDialog
          title={asked.app ? `Edit ${asked.app.title}` : 'New app'}
          submit={asked.app ? 'Save' : 'Create app'}
          sections={[{ fields: asked.app ? shown : [name, ...shown] }]}
          record={asked.app}
          save={({ id, title, priority }) => api.put(`/api/apps/${id}`, { title, priority })}
          onSaved={() => {
            apps.again()
            close()
          }}
          onClose={close}
        />
      )}
      {asked?.what === 'reset' && (
        <Confirm
          title={`Reset ${asked.app.title}`}
          verb="Reset app"
          action={() => api.delete(`/api/apps/${asked.app.id}`).then(apps.again)}
          onClose={close}
        >
          <p>Title, order and switch are again what the server's configuration says.</p>
          <p>An app that was made here is gone; templates that name it stay as they are.</p>
        </Confirm>
      )}
    </Page>
  )
}

const name: FieldSpec = {
  name: 'id',
  label: 'Name',
  hint: 'As in the configuration of the runners that have it, which says what program it is',
  kind: 'text',
  required: true,
  check: (id) =>
    /^[a-z0-9_-]+$/.test(id.trim()) ? undefined : 'expected small letters, digits, _ and -',
}
const shown: FieldSpec[] = [
  { name: 'title', label: 'Title', kind: 'text', required: true, half: true },
  {
    name: 'priority',
    label: 'Order',
    hint: 'The highest is first',
    kind: 'number',
    start: 0,
    required: true,
    half: true,
  },
]
