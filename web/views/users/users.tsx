import { useLive } from '../../api/live.ts'
import type { User } from '../../api/records.ts'
import { DeleteNamed } from '../../collection/collection.tsx'
import { NamedTable } from '../../collection/table.tsx'
import type { FieldSpec } from '../../form/fields.ts'
import { FormDialog } from '../../form/form.tsx'
import { useAsked } from '../../parts/asked.ts'
import { Await } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { api } from '../../shell/session.ts'

type Question = { what: 'edit'; user: User | undefined } | { what: 'delete'; user: User }

export default function Users() {
  const users = useLive<User[]>('/api/users')
  const { asked, ask, close } = useAsked<Question>()
  const saved = () => {
    users.again()
    close()
  }
  return (
    <Page
      title="Users"
      tab="Users"
      crumb="All projects"
      actions={
        <Button kind="first" onClick={() => ask({ what: 'edit', user: undefined })}>
          New user
        </Button>
      }
    >
      <Await of={users}>
        {(all) => (
          <Sheet>
            <NamedTable
              rows={all}
              columns={[
                { head: '', cell: ({ username }) => username },
                { head: 'Email', later: true, cell: ({ email }) => email },
                { head: 'Rights', cell: ({ admin }) => (admin ? 'Administrator' : '–') },
              ]}
              onEdit={(user) => ask({ what: 'edit', user })}
              onDelete={(user) => ask({ what: 'delete', user })}
            />
          </Sheet>
        )}
      </Await>
      {asked?.what === 'edit' && (
        <FormDialog
          title={asked.user ? `Edit ${asked.user.name}` : 'New user'}
          submit={asked.user ? 'Save' : 'Create user'}
          sections={[{ fields: fieldsOf(asked.user) }]}
          record={asked.user}
          save={(values) => save(asked.user, values)}
          onSaved={saved}
          onClose={close}
        />
      )}
      {asked?.what === 'delete' && (
        <DeleteNamed
          named={asked.user}
          one="user"
          path={`/api/users/${asked.user.id}`}
          onDeleted={users.again}
          onClose={close}
        >
          <p>Sessions and API tokens end at once. What the user has run stays.</p>
        </DeleteNamed>
      )}
    </Page>
  )
}

async function save(user: User | undefined, values: Record<string, unknown>): Promise<void> {
  if (user === undefined) return await api.post('/api/users', values)
  const { password, ...rest } = values
  await api.put(`/api/users/${user.id}`, rest)
  if (password) await api.post(`/api/users/${user.id}/password`, { password })
}

const fieldsOf = (user: User | undefined): FieldSpec[] => [
  { name: 'name', label: 'Name', kind: 'text', required: true, half: true },
  { name: 'username', label: 'Login', kind: 'text', required: true, half: true },
  { name: 'email', label: 'Email', kind: 'text', required: true },
  {
    name: 'password',
    label: 'Password',
    kind: 'password',
    required: user === undefined,
    hint: user ? 'Empty = it stays; a new one ends all sessions' : '',
  },
  { name: 'admin', label: 'Administrator', kind: 'flag', hint: 'May do everything, everywhere' },
]
