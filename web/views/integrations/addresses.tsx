/** Where other services knock. */
import { useLive } from '../../api/live.ts'
import type { Alias } from '../../api/records.ts'
import { useAsked } from '../../parts/asked.ts'
import { Await } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Copy } from '../../parts/code.tsx'
import { DeleteButton } from '../../parts/delete-button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { Sheet } from '../../parts/page.tsx'
import { api } from '../../shell/session.ts'

interface Props {
  title: string
  /** Where each of them leads. */
  about: string
  /** Of whose they are, in the API. */
  path: string
  mayChange: boolean
}

export function Addresses({ title, about, path, mayChange }: Props) {
  const all = `${path}/aliases`
  const aliases = useLive<Alias[]>(all)
  const { asked, ask, close } = useAsked<Alias>()
  const make = async () => {
    await api.post(all)
    aliases.again()
  }
  return (
    <Sheet title={title} aside={mayChange && <Button onClick={make}>New address</Button>}>
      <p class="body dim">{about}</p>
      <Await of={aliases}>
        {(known) => <AddressTable of={known} title={title} {...(mayChange && { remove: ask })} />}
      </Await>
      {asked && (
        <Confirm
          title="Delete the address"
          verb="Delete address"
          action={() => api.delete(`${all}/${asked.id}`).then(aliases.again)}
          onClose={close}
        >
          <p class="mono small break">{asked.url}</p>
          <p>Whoever still knocks there is told that there is nothing.</p>
        </Confirm>
      )}
    </Sheet>
  )
}

interface TableProps {
  of: readonly Alias[]
  title: string
  remove?: (alias: Alias) => void
}

function AddressTable({ of, title, remove }: TableProps) {
  if (of.length === 0) return null
  return (
    <table aria-label={title}>
      <tbody>
        {of.map((alias) => (
          <tr key={alias.id}>
            <td class="mono small break">{alias.url}</td>
            <td class="end">
              <Copy text={alias.url} />
              {remove && <DeleteButton name={alias.url} onClick={() => remove(alias)} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
