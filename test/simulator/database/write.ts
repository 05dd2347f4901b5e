/** INSERT, UPDATE, DELETE, as SQLite does them: keys are unique, and what hangs on a row goes with it. */
import type { TableSchema, Value } from './schema.ts'
import { constraint, keyOf, type Row, type Transaction } from './tables.ts'
import { Raw, type Scope, stored } from './terms.ts'

export interface OnConflict {
  columns: readonly string[]
  act: 'ignore' | 'merge'
}

/** @returns the row that was made or merged; none if a conflict was ignored */
export function insert(
  tx: Transaction,
  schema: TableSchema,
  values: Record<string, unknown>,
  onConflict: OnConflict | undefined,
): Row[] {
  const row = columnsOf(values)
  for (const columns of [schema.key, ...schema.unique]) {
    const there = existing(tx, schema, columns, row)
    if (there === undefined) continue
    const expected = onConflict && columns.every((column) => onConflict.columns.includes(column))
    if (!expected) throw constraint(`UNIQUE constraint failed: ${schema.name}.${columns}`)
    return onConflict.act === 'ignore' ? [] : [tx.update(schema.name, there, row)]
  }
  return [tx.insert(schema.name, row)]
}

/** @param by columns that are counted on */
export function update(
  tx: Transaction,
  scope: Scope,
  values: Record<string, unknown>,
  by: Readonly<Record<string, number>>,
): Row {
  const row = scope.rows[0] as Row
  const changes = columnsOf(values, scope)
  for (const [column, step] of Object.entries(by)) changes[column] = Number(row[column]) + step
  return tx.update((scope.sources[0] as Scope['sources'][0]).schema.name, row, changes)
}

function existing(
  tx: Transaction,
  { name, key }: TableSchema,
  columns: string[],
  values: Record<string, Value>,
): Row | undefined {
  if (columns.some((column) => (values[column] ?? null) === null)) return undefined
  if (columns === key) return tx.get(name, keyOf(key, values))
  for (const row of tx.rows(name)) {
    if (columns.every((column) => row[column] === values[column])) return row
  }
  return undefined
}

function columnsOf(values: Record<string, unknown>, scope?: Scope): Record<string, Value> {
  const columns: Record<string, Value> = {}
  for (const column of Object.keys(values)) {
    const value = values[column]
    if (value === undefined) continue
    columns[column] = value instanceof Raw && scope ? value.valueIn(scope) : stored(value)
  }
  return columns
}
