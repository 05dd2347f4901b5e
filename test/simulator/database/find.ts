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
  const { from, joins, order, limit, outer } = wanted
  const sources = joins.length === 0 ? [from] : [from, ...joins]
  const { rows, where } = candidates(tx, wanted)
  let found = rows.map((row): Scope => ({ sources, rows: [row], outer }))
  for (const join of joins) found = found.flatMap((scope) => joined(tx, scope, join))
  for (const { holds } of where) found = found.filter(holds)
  if (order.length > 0) found.sort((a, b) => compare(a, b, order))
  return found.length > limit ? found.slice(0, limit) : found
}

/** Rows that have the values that are asked for, by their key if that is known; and what else is asked. */
function candidates(tx: Transaction, { from, joins, where }: Wanted) {
  const { schema, alias } = from
  const known: Record<string, Value> = {}
  const rest: Condition[] = []
  for (const condition of where) {
    const name = condition.equal && splitName(condition.equal.name)
    const ours = name && (name.alias === alias || (name.alias === undefined && joins.length === 0))
    if (ours && !(name.column in known)) known[name.column] = condition.equal?.value ?? null
    else rest.push(condition)
  }
  const columns = Object.keys(known)
  const all = byKey(tx, schema.name, schema.key, known) ?? tx.rows(schema.name)
  const rows: Row[] = []
  for (const row of all) {
    if (columns.every((column) => known[column] !== null && row[column] === known[column])) {
      rows.push(row)
    }
  }
  return { rows, where: rest }
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
