/** What refers to a thing: as long as there is something, the thing cannot be deleted. */
import type { Knex } from 'knex'

/** A table, and one of its rows for a person. */
const kinds = {
  templates: 'template',
  inventories: 'inventory',
  repositories: 'repository',
  schedules: 'schedule',
  integrations: 'integration',
  tasks: 'task',
} as const

export interface Reference {
  kind: keyof typeof kinds
  id: number
  name: string
}

/** The rows of a table in which one of the columns is `id`, by name. */
export async function referring(
  db: Knex,
  kind: Exclude<Reference['kind'], 'tasks'>,
  columns: readonly string[],
  id: number,
): Promise<Reference[]> {
  const rows = await db(kind)
    .where((any) => {
      for (const column of columns) any.orWhere({ [column]: id })
    })
    .orderBy(['name', 'id'])
    .select('id', 'name')
  return rows.map((row) => ({ kind, id: row.id, name: row.name || String(row.id) }))
}

/** As "template Nightly". */
export function referenceLine({ kind, name }: Reference): string {
  return `${kinds[kind]} ${name}`
}
