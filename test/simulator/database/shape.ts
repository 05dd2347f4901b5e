/** SELECT, GROUP BY, count, min, max: what of the rows that were found is the answer. */
import { compareValues } from './find.ts'
import type { Value } from './schema.ts'
import type { Row } from './tables.ts'
import { columnIn, type Scope, splitAs, type Term, valueIn } from './terms.ts'

export interface Aggregate {
  kind: 'count' | 'min' | 'max'
  of: string
  name: string
}

export interface Shape {
  columns: readonly Term[]
  /** Undefined: one row for each that was found. */
  group: readonly Term[] | undefined
  aggregates: readonly Aggregate[]
  distinct: boolean
}

export function shape(
  found: readonly Scope[],
  { columns, group, aggregates, distinct }: Shape,
): Row[] {
  if (group === undefined && aggregates.length > 0) return [aggregated(found, aggregates)]
  if (group !== undefined) {
    return grouped(found, group).map((scopes) => ({
      ...rowOf(scopes[0] as Scope, columns),
      ...aggregated(scopes, aggregates),
    }))
  }
  const rows = found.map((scope) => rowOf(scope, columns))
  if (!distinct) return rows
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()]
}

function rowOf(scope: Scope, columns: readonly Term[]): Row {
  if (columns.length === 0 && scope.rows.length === 1) return scope.rows[0] as Row
  const row: Record<string, Value> = {}
  for (const column of columns.length === 0 ? ['*'] : columns) {
    if (typeof column !== 'string') row[column.name] = column.valueIn(scope)
    else if (column.endsWith('*')) allOf(scope, column, row)
    else {
      const [what, name] = splitAs(column)
      row[name] = columnIn(scope, what)
    }
  }
  return row
}

/** `*` or `alias.*` */
function allOf({ sources, rows }: Scope, column: string, into: Record<string, Value>): void {
  sources.forEach(({ schema, alias }, at) => {
    if (column !== '*' && column !== `${alias}.*`) return
    const row = rows[at]
    for (const name of Object.keys(schema.defaults)) into[name] = row?.[name] ?? null
  })
}

function grouped(found: readonly Scope[], by: readonly Term[]): Scope[][] {
  const groups = new Map<string, Scope[]>()
  for (const scope of found) {
    const key = JSON.stringify(by.map((term) => valueIn(scope, term)))
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [scope])
    else group.push(scope)
  }
  // SQLite sorts to find them, and so they come in order.
  const keyOf = ([first]: Scope[]) => by.map((term) => valueIn(first as Scope, term))
  return [...groups.values()].sort((a, b) => {
    const [one, other] = [keyOf(a), keyOf(b)]
    const differs = one.findIndex((value, at) => value !== other[at])
    return differs < 0 ? 0 : compareValues(one[differs] as Value, other[differs] as Value)
  })
}

function aggregated(scopes: readonly Scope[], aggregates: readonly Aggregate[]): Row {
  return Object.fromEntries(
    aggregates.map(({ kind, of, name }) => {
      if (kind === 'count' && of === '*') return [name, scopes.length]
      const values = scopes.map((scope) => columnIn(scope, of)).filter((value) => value !== null)
      if (kind === 'count') return [name, values.length]
      return [name, values.sort(compareValues).at(kind === 'min' ? 0 : -1) ?? null]
    }),
  )
}
