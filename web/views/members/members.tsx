import { useLive } from '../../api/live.ts'
import type { Member, User } from '../../api/records.ts'
import { DeleteNamed } from '../../collection/collection.tsx'
import { NamedTable } from '../../collection/table.tsx'
import type { FieldSpec } from '../../form/fields.ts'
import { FormDialog } from '../../form/form.tsx'
import { useAsked } from '../../parts/asked.ts'
import { Await } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { may } from '../../shell/rights.ts'
import { go } from '../../shell/router.ts'
import { api, project, reloadProjects, user } from '../../shell/session.ts'
import type { ViewProps } from '../index.ts'

const roles: Record<Member['role'], [name: string, may: string]> = {
  owner: ['Owner', 'Everything here, and says who is a member'],
  manager: ['Manager', 'Changes what the project has, and runs it'],
  task_runner: ['Task runner', 'Runs templates, and looks'],
  guest: ['Guest', 'Looks'],
}
type Question = { what: 'add' | 'leave' } | { what: 'role' | 'remove'; member: Member }

export default function Members({ params }: ViewProps) {
  const id = Number(params.project)
  const path = `/api/project/${id}/users`
  const members = useLive<Member[]>(path)
  const users = useLive<User[]>(user.value?.admin ? '/api/users' : undefined)
  const known = users.data.value?.map(({ username }) => username) ?? []
  const { asked, ask, close } = useAsked<Question>()
  const saved = () => {
    members.again()
    close()
  }
  const mayChange = may('users', id)
  const isMember = members.data.value?.some((one) => one.id === user.value?.id)
  return (
    <Page
      title="Members"
      tab="Members"
      crumb={project.value?.name}
      actions={
        <>
          {isMember && <Button onClick={() => ask({ what: 'leave' })}>Leave the project</Button>}
          {mayChange && (
            <Button kind="first" onClick={() => ask({ what: 'add' })}>
              Add member
            </Button>
          )}
        </>
      }
    >
      <Await of={members}>
        {(all) => (
          <Sheet>
            <NamedTable
              rows={all}
              columns={[
                { head: '', cell: ({ username }) => username },
                { head: 'Role', cell: ({ role }) => roles[role][0] },
                { head: 'May do', later: true, cell: ({ role }) => roles[role][1] },
              ]}
              {...(mayChange && {
                onEdit: (member: Member) => ask({ what: 'role', member }),
                onDelete: (member: Member) => ask({ what: 'remove', member }),
              })}
            />
          </Sheet>
        )}
      </Await>
      {asked?.what === 'add' && (
        <AddMember path={path} known={known} onSaved={saved} onClose={close} />
      )}
      {asked?.what === 'role' && (
        <FormDialog
          title={`Role of ${asked.member.name}`}
          submit="Save"
          sections={[{ fields: [role] }]}
          record={asked.member}
          save={(values) => api.put(`${path}/${asked.member.id}`, values)}
          onSaved={saved}
          onClose={close}
        />
      )}
      {asked?.what === 'remove' && (
        <DeleteNamed
          named={asked.member}
          one="member"
          path={`${path}/${asked.member.id}`}
          onDeleted={members.again}
          onClose={close}
        >
          <p>Only from this project: the user stays.</p>
        </DeleteNamed>
      )}
      {asked?.what === 'leave' && (
        <Confirm
          title="Leave the project"
          verb="Leave"
          action={async () => {
            await api.delete(`/api/project/${id}/me`)
            await reloadProjects()
            go('/')
          }}
          onClose={close}
        >
          <p>Only an owner can let you in again.</p>
        </Confirm>
      )}
    </Page>
  )
}

const role: FieldSpec = {
  name: 'role',
  label: 'Role',
  kind: 'choice',
  start: 'task_runner',
  choices: Object.entries(roles).map(([value, [name, may]]) => ({
    value,
    label: `${name}: ${may.toLowerCase()}`,
  })),
}

interface AddProps {
  /** Of the members in the API. */
  path: string
  /** Logins that are known; an owner who is no administrator has to know the login. */
  known: string[]
  onSaved: () => void
  onClose: () => void
}

function AddMember({ path, known, onSaved, onClose }: AddProps) {
  const login: FieldSpec = {
    name: 'username',
    label: 'Login or email',
    kind: 'text',
    required: true,
    suggestions: known,
  }
  return (
    <FormDialog
      title="Add member"
      submit="Add member"
      sections={[{ fields: [login, role] }]}
      save={(values) => api.post(path, values)}
      onSaved={onSaved}
      onClose={onClose}
    />
  )
}
