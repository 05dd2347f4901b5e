import { useLive } from '../../api/live.ts'
import type { Token } from '../../api/records.ts'
import { FormDialog } from '../../form/form.tsx'
import { useAsked } from '../../parts/asked.ts'
import { Await, Empty } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { DeleteButton } from '../../parts/delete-button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { Sheet } from '../../parts/page.tsx'
import { ShownOnce } from '../../parts/shown-once.tsx'
import { Ago } from '../../parts/time.tsx'
import { api } from '../../shell/session.ts'

const path = '/api/user/tokens'
type Question = { what: 'new' } | { what: 'show' | 'delete'; token: Token }

/** A token is what programs sign in with, as the user who made it. */
export function Tokens() {
  const tokens = useLive<Token[]>(path)
  const { asked, ask, close } = useAsked<Question>()
  return (
    <Sheet
      title="API tokens"
      aside={<Button onClick={() => ask({ what: 'new' })}>New token</Button>}
    >
      <Await of={tokens}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="No token yet">
              <p>Programs sign in with a token, and may do then what you may do.</p>
            </Empty>
          ) : (
            <TokenTable tokens={all} remove={(token) => ask({ what: 'delete', token })} />
          )
        }
      </Await>
      {asked?.what === 'new' && (
        <FormDialog
          title="New API token"
          submit="Create token"
          sections={[
            {
              fields: [
                {
                  name: 'name',
                  label: 'Name',
                  kind: 'text',
                  hint: 'What uses it, so that you know later',
                },
              ],
            },
          ]}
          save={(values) => api.post<Token>(path, values)}
          onSaved={(token) => {
            tokens.again()
            ask({ what: 'show', token })
          }}
          onClose={close}
        />
      )}
      {asked?.what === 'show' && (
        <ShownOnce title="New API token" label="Token" text={asked.token.id} onClose={close}>
          Programs send it as "Authorization: Bearer TOKEN".
        </ShownOnce>
      )}
      {asked?.what === 'delete' && (
        <Confirm
          title={`Delete ${nameOf(asked.token)}`}
          verb="Delete token"
          action={() => api.delete(`${path}/${asked.token.id}`).then(tokens.again)}
          onClose={close}
        >
          <p>Whatever uses it is refused from now on.</p>
        </Confirm>
      )}
    </Sheet>
  )
}

const nameOf = ({ name, id }: Token) => name || `${id}..`

function TokenTable({ tokens, remove }: { tokens: Token[]; remove: (token: Token) => void }) {
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th>Name</th>
            <th class="later">Begins with</th>
            <th>Made</th>
            <th>
              <span class="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              <td class="strong break">{nameOf(token)}</td>
              <td class="later mono">{token.id}</td>
              <td class="dim">
                <Ago time={token.created} />
                {token.expired && ', expired'}
              </td>
              <td class="end">
                <DeleteButton name={nameOf(token)} onClick={() => remove(token)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
