import type { ComponentChildren } from 'preact'
import { DeleteButton } from '../parts/delete-button.tsx'

export interface Column<Row> {
  head: string
  /** Only where there is room for it. */
  later?: boolean
  cell: (row: Row) => ComponentChildren
}

/** An id of any kind, and a name. */
interface Titled {
  id: number | string
  name: string
}

interface Props<Row> {
  rows: readonly Row[]
  /** After the name; the one without a heading stands below it. */
  columns: readonly Column<Row>[]
  /** Where a name leads, or what it opens; without either it is just a name. */
  href?: (row: Row) => string
  onEdit?: (row: Row) => void
  /** What else can be done with one. */
  action?: ((row: Row) => ComponentChildren) | undefined
  onDelete?: (row: Row) => void
}

export function NamedTable<Row extends Titled>(props: Props<Row>) {
  const { rows, columns, action, onDelete } = props
  const beside = columns.filter(({ head }) => head !== '')
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th>Name</th>
            {beside.map(({ head, later }) => (
              <th key={head} class={later ? 'later' : undefined}>
                {head}
              </th>
            ))}
            {(action || onDelete) && (
              <th>
                <span class="unseen">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td>
                <Name row={row} {...props} />
              </td>
              {beside.map(({ head, later, cell }) => (
                <td key={head} class={later ? 'later dim' : 'dim'}>
                  {cell(row)}
                </td>
              ))}
              {(action || onDelete) && (
                <td class="end">
                  {action?.(row)}
                  {onDelete && <DeleteButton name={row.name} onClick={() => onDelete(row)} />}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Name<Row extends Titled>({
  row,
  columns,
  href,
  onEdit,
}: Pick<Props<Row>, 'columns' | 'href' | 'onEdit'> & { row: Row }) {
  const below = columns.find(({ head }) => head === '')
  return (
    <>
      {href ? (
        <a class="strong" href={href(row)}>
          {row.name}
        </a>
      ) : onEdit ? (
        <button type="button" class="name" onClick={() => onEdit(row)}>
          {row.name}
        </button>
      ) : (
        <span class="strong">{row.name}</span>
      )}
      {below && <div class="faint small break">{below.cell(row)}</div>}
    </>
  )
}
