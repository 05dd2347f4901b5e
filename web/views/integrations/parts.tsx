import { useLive } from '../../api/live.ts'
import type { PartOfRequest } from '../../api/records.ts'
import { DeleteNamed } from '../../collection/collection.tsx'
import { NamedTable } from '../../collection/table.tsx'
import { FormDialog } from '../../form/form.tsx'
import { useAsked } from '../../parts/asked.ts'
import { Await } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Sheet } from '../../parts/page.tsx'
import { api } from '../../shell/session.ts'
import type { PartKind } from './part-fields.ts'

interface Props<Row extends PartOfRequest> {
  of: PartKind<Row>
  /** Of the integration in the API. */
  path: string
  mayChange: boolean
}

type Question<Row> = { what: 'edit'; row: Row | undefined } | { what: 'delete'; row: Row }

/** What an integration has several of. */
export function Parts<Row extends PartOfRequest>({ of, path, mayChange }: Props<Row>) {
  const all = `${path}/${of.kind}`
  const rows = useLive<Row[]>(all)
  const { asked, ask, close } = useAsked<Question<Row>>()
  const make = mayChange && (
    <Button onClick={() => ask({ what: 'edit', row: undefined })}>New {of.one}</Button>
  )
  return (
    <Sheet title={of.title} aside={make}>
      <Await of={rows}>
        {(known) =>
          known.length === 0 ? (
            <p class="body dim">{of.about}</p>
          ) : (
            <NamedTable
              rows={known}
              columns={[{ head: '', cell: of.words }]}
              {...(mayChange && {
                onEdit: (row: Row) => ask({ what: 'edit', row }),
                onDelete: (row: Row) => ask({ what: 'delete', row }),
              })}
            />
          )
        }
      </Await>
      {asked?.what === 'edit' && (
        <FormDialog
          title={asked.row ? `Edit ${asked.row.name}` : `New ${of.one}`}
          submit={asked.row ? 'Save' : `Create ${of.one}`}
          sections={[{ fields: of.fields }]}
          // A header has no type; should it become a body, this is the usual one.
          record={asked.row && { ...asked.row, body_data_type: asked.row.body_data_type || 'json' }}
          save={(values) =>
            asked.row ? api.put(`${all}/${asked.row.id}`, values) : api.post(all, values)
          }
          onSaved={() => {
            rows.again()
            close()
          }}
          onClose={close}
        />
      )}
      {asked?.what === 'delete' && (
        <DeleteNamed
          named={asked.row}
          one={of.one}
          path={`${all}/${asked.row.id}`}
          onDeleted={rows.again}
          onClose={close}
        >
          <p>This cannot be taken back.</p>
        </DeleteNamed>
      )}
    </Sheet>
  )
}
