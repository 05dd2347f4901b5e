/** Rows in memory: what is committed, and what one transaction has changed of it so far. */
import type { Schema, TableSchema, Value } from './schema.ts'

export type Row = Readonly<Record<string, Value>>
export type Key = string | number

/** One row that a transaction made, changed or removed. */
export interface Change {
  table: string
  before: Row | undefined
  after: Row | undefined
}

interface Table {
  readonly schema: TableSchema
  readonly rows: ReadonlyMap<Key, Row>
}

export type Committed = Map<string, Table>

/** SQLite's own table of the last `id` that was given out in each. */
const sequence: TableSchema = {
  name: 'sqlite_sequence',
  defaults: { name: null, seq: null },
  key: ['name'],
  unique: [],
  dependents: [],
}

export function emptyTables(schema: Schema): Committed {
  const all = [...schema.values(), sequence]
  return new Map(all.map((table) => [table.name, { schema: table, rows: new Map() }]))
}

/** Reads what is committed; writes into a copy of the tables that it touches. */
export class Transaction {
  readonly #committed: Committed
  readonly #drafts = new Map<string, { schema: TableSchema; rows: Map<Key, Row> }>()
  readonly changes: Change[] = []
  /** When it began, simulated ms. */
  readonly began: number

  constructor(committed: Committed, began = 0) {
    this.#committed = committed
    this.began = began
  }

  schema(name: string): TableSchema {
    return this.#table(name).schema
  }

  rows(name: string): Iterable<Row> {
    return this.#table(name).rows.values()
  }

  get(name: string, key: Key): Row | undefined {
    return this.#table(name).rows.get(key)
  }

  /** @throws Error as SQLite says it, if a row with this key is there already. */
  insert(name: string, values: Record<string, Value>): Row {
    const draft = this.#draft(name)
    const { schema } = draft
    const row: Row = { ...schema.defaults, ...values }
    if (schema.key[0] === 'id' && (values.id ?? null) === null) {
      ;(row as Record<string, Value>).id = this.#nextId(name)
    }
    const key = keyOf(schema.key, row)
    if (draft.rows.has(key)) throw constraint(`UNIQUE constraint failed: ${name}.${schema.key}`)
    draft.rows.set(key, row)
    this.changes.push({ table: name, before: undefined, after: row })
    return row
  }

  update(name: string, before: Row, values: Record<string, Value>): Row {
    const { rows, schema } = this.#draft(name)
    const after = { ...before, ...values }
    rows.set(keyOf(schema.key, before), after)
    this.changes.push({ table: name, before, after })
    return after
  }

  remove(name: string, before: Row): void {
    const { rows, schema } = this.#draft(name)
    rows.delete(keyOf(schema.key, before))
    this.changes.push({ table: name, before, after: undefined })
    for (const { table, column, parent, rule } of schema.dependents) {
      for (const row of [...this.rows(table)]) {
        if (row[column] !== before[parent]) continue
        if (rule === 'CASCADE') this.remove(table, row)
        else this.update(table, row, { [column]: null })
      }
    }
  }

  commit(): void {
    for (const [name, draft] of this.#drafts) this.#committed.set(name, draft)
  }

  #nextId(name: string): number {
    const { rows } = this.#draft(sequence.name)
    const seq = Number(rows.get(name)?.seq ?? 0) + 1
    rows.set(name, { name, seq })
    return seq
  }

  #table(name: string): Table {
    const table = this.#drafts.get(name) ?? this.#committed.get(name)
    if (table === undefined) throw new Error(`no such table: ${name}`)
    return table
  }

  #draft(name: string) {
    let draft = this.#drafts.get(name)
    if (draft === undefined) {
      const { schema, rows } = this.#table(name)
      draft = { schema, rows: new Map(rows) }
      this.#drafts.set(name, draft)
    }
    return draft
  }
}

export function keyOf(columns: readonly string[], row: Record<string, unknown>): Key {
  if (columns.length === 1) return row[columns[0] as string] as Key
  return columns.map((column) => row[column]).join('.')
}

export function constraint(message: string): Error {
  return Object.assign(new Error(`SQLITE_CONSTRAINT: ${message}`), { code: 'SQLITE_CONSTRAINT' })
}
