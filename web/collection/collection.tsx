/** The view of one kind of thing that a project has: a list, and a dialog to make, change and delete one. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import type { News } from '../api/news.ts'
import type { Named } from '../api/records.ts'
import type { Values } from '../form/draft.ts'
import type { Look, Section } from '../form/fields.ts'
import { FormDialog } from '../form/form.tsx'
import { Await, Empty } from '../parts/await.tsx'
import { Button } from '../parts/button.tsx'
import { Confirm } from '../parts/dialog.tsx'
import { Page, Sheet } from '../parts/page.tsx'
import { may } from '../shell/rights.ts'
import { api, project } from '../shell/session.ts'
import { type Kinds, type Lists, useLists } from './lists.ts'
import { type Column, NamedTable } from './table.tsx'

export interface Collection<K extends keyof Kinds, Row extends Named> {
  /** The list that it shows. */
  kind: K & string
  title: string
  /** One of them, in a sentence. */
  one: string
  /** What it is for, while there is none. */
  about: string
  /** What else its columns and its form read. */
  uses: readonly K[]
  /** The rows, if they are not the list as it is. */
  rows?: (lists: Lists<K>) => Row[]
  /** @param again reads the lists anew */
  columns: (lists: Lists<K>, again: () => void) => Column<Row>[]
  /** @param row undefined for a new one */
  sections: (lists: Lists<K>, row: Row | undefined) => Section[]
  /** Whether some news makes the lists old. */
  concerns?: (news: News, project: number) => boolean
  /** Below the fields: what follows from what is filled in. */
  below?: (look: Look, path: string) => ComponentChildren
  /** What the form begins with, if it is not what the API has. */
  record?: (row: Row, lists: Lists<K>) => object
  /** What is sent, if it is not what the form holds. */
  body?: (values: Values, lists: Lists<K>, path: string) => Promise<object>
  broad?: boolean
}

/** What is open above the list. */
type Open<Row> = { what: 'edit'; row: Row | undefined } | { what: 'delete'; row: Row }

export function CollectionView<K extends keyof Kinds, Row extends Named>({
  of,
  id,
}: {
  of: Collection<K, Row>
  /** Of the project. */
  id: number
}) {
  const path = `/api/project/${id}`
  const lists = useLists(id, of.uses, (news) => of.concerns?.(news, id) ?? false)
  const open = useSignal<Open<Row> | undefined>(undefined)
  const manage = may('manage', id)
  const close = () => {
    open.value = undefined
  }
  const edit = (row: Row | undefined) => {
    open.value = { what: 'edit', row }
  }
  const make = manage && (
    <Button kind="first" onClick={() => edit(undefined)}>
      New {of.one}
    </Button>
  )
  const asked = open.value
  return (
    <Page
      title={of.title}
      tab={of.title}
      crumb={project.value?.name}
      actions={lists.data.value?.[of.kind].length ? make : null}
    >
      <Await of={lists}>
        {(all) => {
          const rows = of.rows?.(all) ?? (all[of.kind] as unknown as Row[])
          return (
            <>
              <Sheet>
                {rows.length === 0 ? (
                  <Empty title={`No ${of.one} yet`}>
                    <p>{of.about}</p>
                    {make}
                  </Empty>
                ) : (
                  <NamedTable
                    rows={rows}
                    columns={of.columns(all, lists.again)}
                    {...(manage && {
                      onEdit: edit,
                      onDelete: (row: Row) => {
                        open.value = { what: 'delete', row }
                      },
                    })}
                  />
                )}
              </Sheet>
              {asked?.what === 'edit' && (
                <FormDialog
                  title={asked.row ? `Edit ${asked.row.name}` : `New ${of.one}`}
                  submit={asked.row ? 'Save' : `Create ${of.one}`}
                  broad={of.broad ?? false}
                  sections={of.sections(all, asked.row)}
                  record={recordOf(of, all, asked.row)}
                  save={async (values) => {
                    const body = (await of.body?.(values, all, path)) ?? values
                    const row = asked.row
                    if (row) await api.put(`${path}/${of.kind}/${row.id}`, body)
                    else await api.post(`${path}/${of.kind}`, body)
                  }}
                  onSaved={() => {
                    lists.again()
                    close()
                  }}
                  onClose={close}
                >
                  {of.below && ((look) => of.below?.(look, path))}
                </FormDialog>
              )}
            </>
          )
        }}
      </Await>
      {asked?.what === 'delete' && (
        <DeleteNamed
          named={asked.row}
          one={of.one}
          path={`${path}/${of.kind}/${asked.row.id}`}
          onDeleted={lists.again}
          onClose={close}
        />
      )}
    </Page>
  )
}

/** A row may be shown otherwise than it is. */
function recordOf<K extends keyof Kinds, Row extends Named>(
  { kind, record }: Collection<K, Row>,
  lists: Lists<K>,
  row: Named | undefined,
): object | undefined {
  const one = row && (lists[kind] as unknown as Row[]).find(({ id }) => id === row.id)
  return one && (record?.(one, lists) ?? one)
}

interface DeleteProps {
  named: Named
  one: string
  /** Of the API. */
  path: string
  children?: ComponentChildren
  onDeleted: () => void
  onClose: () => void
}

export function DeleteNamed({ named, one, path, children, onDeleted, onClose }: DeleteProps) {
  return (
    <Confirm
      title={`Delete ${named.name}`}
      name={named.name}
      verb={`Delete ${one}`}
      action={() => api.delete(path).then(onDeleted)}
      onClose={onClose}
    >
      {children ?? <p>This cannot be taken back. What is still in use is not deleted.</p>}
    </Confirm>
  )
}
