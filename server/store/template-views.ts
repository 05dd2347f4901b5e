/** Views: the tabs under which the templates of a project are shown. */
import type { Tx } from './commit.ts'
import type { Knex, Order, OwnedRow } from './owned.ts'
import { ownedTable } from './owned.ts'

export interface TemplateViewRow extends OwnedRow {
  /** Among the views of the project; the lowest first. */
  position: number
  hidden: boolean
  /** Empty, or all: the tab of all templates, of which there is a row to say where it stands. */
  type: '' | 'all'
  sort_column: 'name' | null
  sort_reverse: boolean
}

const stored = ownedTable<TemplateViewRow>('views')

export const templateViews = {
  ...stored,
  async list(db: Knex, project: number, order?: Order): Promise<TemplateViewRow[]> {
    return (await stored.list(db, project, order)).map(viewOf)
  },
  async find(db: Knex, project: number, id: number): Promise<TemplateViewRow | undefined> {
    const row = await stored.find(db, project, id)
    return row && viewOf(row)
  },
  /** Its templates stay. */
  async remove(tx: Tx, project: number, id: number): Promise<void> {
    await tx.db('templates').where({ project_id: project, view_id: id }).update({ view_id: null })
    await stored.remove(tx, project, id)
  },
}

/** Where a new view goes: behind the others. */
export async function nextPosition({ db }: Tx, project: number): Promise<number> {
  const [row] = await db('views').where({ project_id: project }).max('position as last')
  return row?.last == null ? 0 : Number(row.last) + 1
}

/** SQLite answers booleans as 0 and 1. */
function viewOf(row: TemplateViewRow): TemplateViewRow {
  return { ...row, hidden: Boolean(row.hidden), sort_reverse: Boolean(row.sort_reverse) }
}
