/** The five queries of every table whose rows belong to one project. */
import type { Knex } from 'knex'
import { AppError } from '../../lib/errors.ts'
import type { Tx } from './commit.ts'
import { kept } from './kept-text.ts'

export type { Knex }

export interface OwnedRow {
  id: number
  project_id: number
  name: string
}

export interface Order {
  column: string
  descending: boolean
}

const byName: Order = { column: 'name', descending: false }

/** Every query names the project, so that an id of another project finds nothing. */
export interface OwnedTable<Row extends OwnedRow> {
  list(db: Knex, project: number, order?: Order): Promise<Row[]>
  find(db: Knex, project: number, id: number): Promise<Row | undefined>
  /** @returns the new row's id */
  insert(tx: Tx, project: number, row: Omit<Row, 'id' | 'project_id'>): Promise<number>
  update(
    tx: Tx,
    project: number,
    id: number,
    row: Partial<Omit<Row, 'id' | 'project_id'>>,
  ): Promise<void>
  remove(tx: Tx, project: number, id: number): Promise<void>
}

export function ownedTable<Row extends OwnedRow>(table: string): OwnedTable<Row> {
  const found = kept((db, { project, id }: { project: number; id: number }) =>
    db<Row>(table)
      .where({ project_id: project, id } as never)
      .limit(1),
  )
  return {
    async list(db, project, { column, descending } = byName) {
      return await db(table)
        .where({ project_id: project })
        .orderBy([{ column, order: descending ? 'desc' : 'asc' }, { column: 'id' }])
    },
    find: async (db, project, id) => (await found(db, { project, id }))[0] as Row | undefined,
    async insert(tx, project, row) {
      const [inserted] = await tx.db(table).insert({ ...row, project_id: project }, ['id'])
      return inserted.id
    },
    async update(tx, project, id, row) {
      await tx.db(table).where({ project_id: project, id }).update(row)
    },
    async remove(tx, project, id) {
      await tx.db(table).where({ project_id: project, id }).delete()
    },
  }
}

/**
 * A reference may only point to a row of the same project, or to nothing.
 * @throws AppError `invalid`
 */
export async function expectOwned<Row extends OwnedRow>(
  tx: Tx,
  table: Pick<OwnedTable<Row>, 'find'>,
  project: number,
  field: string,
  id: number | null,
): Promise<void> {
  if (id === null || (await table.find(tx.db, project, id)) !== undefined) return
  throw new AppError('invalid', `${field}: expected an id of this project, got ${id}`)
}
