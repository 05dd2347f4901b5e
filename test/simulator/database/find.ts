/** FROM, JOIN, WHERE, ORDER BY, LIMIT: which rows a query is about. */
import type { Value } from './schema.ts'
import { keyOf, type Row, type Transaction } from './tables.ts'
import { columnIn, type Scope, type Source, splitName, type Term, valueIn } from './terms.ts'

export interface Condition {
  holds(scope: Scope): boolean
  /** Set for `column = value`, by which a row may be found without looking at all of them. */
  equal?: { name: string; value: Value }
}

export interface Join extends Source {
  left: boolean
  on: { column: string; other: Term }[]
}

export interface Wanted {
  from: Source
  joins: readonly Join[]
  where: readonly Condition[]
  order: readonly { name: string; down: boolean }[]
  limit: number
  outer: Scope | undefined
}

export function find(tx: Transaction, wanted: Wanted): Scope[] {
  const { from, joins, where, order, limit, outer } = wanted
  const sources = [from, ...joins]
  let scopes: Scope[] = []
  for (const row of candidates(tx, wanted)) scopes.push({ sources, rows: [row], outer })
  for (const join of joins) scopes = scopes.flatMap((scope) => joined(tx, scope, join))
  const found = scopes.filter((scope) => where.every(({ holds }) => holds(scope)))
  if (order.length > 0) found.sort((a, b) => compare(a, b, order))
  return found.length > limit ? found.slice(0, limit) : found
}

/** The one row with the key that is asked for, or all that have the values that are asked for. */
function candidates(tx: Transaction, { from, joins, where }: Wanted): Iterable<Row> {
  const { schema, alias } = from
  const known: Record<string, Value> = {}
  for (const { equal } of where) {
    if (equal === undefined) continue
    const name = splitName(equal.name)
    const ours = name.alias === alias || (name.alias === undefined && joins.length === 0)
    if (ours) known[name.column] = equal.value
  }
  const found = byKey(tx, schema.name, schema.key, known)
  if (found !== undefined) return found
  const asked = Object.entries(known)
  if (asked.length === 0) return tx.rows(schema.name)
  const fitting: Row[] = []
  for (const row of tx.rows(schema.name)) {
    if (asked.every(([column, value]) => row[column] === value)) fitting.push(row)
  }
  return fitting
}

function joined(tx: Transaction, scope: Scope, { schema, left, on }: Join): Scope[] {
  const wanted: Record<string, Value> = {}
  for (const { column, other } of on) wanted[column] = valueIn(scope, other)
  const fitting: Scope[] = []
  for (const row of byKey(tx, schema.name, schema.key, wanted) ?? tx.rows(schema.name)) {
    const fits = on.every(({ column }) => {
      return wanted[column] !== null && row[column] === wanted[column]
    })
    if (fits) fitting.push({ ...scope, rows: [...scope.rows, row] })
  }
  return fitting.length === 0 && left ? [{ ...scope, rows: [...scope.rows, null] }] : fitting
}

/** undefined if the key is not wholly known. */
function byKey(tx: Transaction, table: string, key: string[], known: Record<string, Value>) {
  if (!key.every((column) => column in known)) return undefined
  const row = tx.get(table, keyOf(key, known))
  return row === undefined ? [] : [row]
}

function compare(a: Scope, b: Scope, order: Wanted['order']): number {
  for (const { name, down } of order) {
    const difference = compareValues(columnIn(a, name), columnIn(b, name))
    if (difference !== 0) return down ? -difference : difference
  }
  return 0
}

/** As SQLite orders: nothing comes first. */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? -1 : 1
  return a < b ? -1 : 1
}
