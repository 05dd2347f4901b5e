/** What concerns whoever is signed in: name, password, API tokens. */
import { useSignal } from '@preact/signals'
import type { User } from '../../api/records.ts'
import type { FieldSpec } from '../../form/fields.ts'
import { Form } from '../../form/form.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { api, changePassword, user, whoAmI } from '../../shell/session.ts'
import { Tokens } from './tokens.tsx'

export default function Account() {
  const me = user.value
  if (!me) return null
  return (
    <Page title="Account" tab="Account" crumb={me.username}>
      <Tokens />
      <Sheet title="Who you are">
        <div class="body narrow">
          <Form
            submit="Save"
            sections={[{ fields: profile }]}
            record={me}
            save={({ username, name, email }) =>
              api.put(`/api/users/${me.id}`, { username, name, email })
            }
            onSaved={whoAmI}
          />
        </div>
      </Sheet>
      <Sheet title="Password" aside="Ends all your other sessions">
        <div class="body narrow">
          <NewPassword of={me} />
        </div>
      </Sheet>
    </Page>
  )
}

const profile: FieldSpec[] = [
  { name: 'username', label: 'Login', kind: 'text', autocomplete: 'username', required: true },
  { name: 'name', label: 'Name', kind: 'text', autocomplete: 'name', required: true },
  { name: 'email', label: 'Email', kind: 'text', autocomplete: 'email', required: true },
]

function NewPassword({ of }: { of: User }) {
  const times = useSignal(0)
  return (
    <>
      <Form
        key={times.value}
        submit="Change password"
        losable
        sections={[{ fields: password }]}
        save={({ password }) => changePassword(of, String(password))}
        onSaved={() => {
          times.value += 1
        }}
      />
      <p class="dim small" role="status">
        {times.value > 0 && 'It is changed. All other sessions of yours have ended.'}
      </p>
    </>
  )
}

const password: FieldSpec[] = [
  { name: 'password', label: 'New password', kind: 'password', required: true },
  {
    name: 'again',
    label: 'The same again',
    kind: 'password',
    required: true,
    check: (again, look) => (again === look('password') ? undefined : 'expected the same as above'),
  },
]
