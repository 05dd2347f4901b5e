/** The tables as the real migrations make them: columns with their defaults, keys, what hangs on what. */
import type { Knex } from 'knex'
import { migrations } from '../../../server/store/migrations/index.ts'

export type Value = string | number | Uint8Array | null

export interface TableSchema {
  name: string
  /** Every column, with the value of a row that does not say. */
  defaults: Record<string, Value>
  /** The primary key; a single `id` counts up. */
  key: string[]
  unique: string[][]
  /** Rows of other tables that go, or forget us, when one of ours is deleted. */
  dependents: { table: string; column: string; parent: string; rule: 'CASCADE' | 'SET NULL' }[]
}

export type Schema = ReadonlyMap<string, TableSchema>

/** Runs all migrations on nothing but a notebook. */
export async function readSchema(): Promise<Schema> {
  const tables = new Map<string, TableSchema>()
  const change = async (name: string, act: (t: Knex.CreateTableBuilder) => void) => {
    const table = tables.get(name) ?? {
      name,
      defaults: {},
      key: [],
      unique: [],
      dependents: [],
    }
    tables.set(name, table)
    act(new Proxy({}, { get: (_, word) => columnOf(tables, table, String(word)) }) as never)
  }
  // No row is there that a migration could have to change; the rows that it adds are not kept.
  const nothing: unknown = new Proxy(() => nothing, {
    get: (_, word) => (word === 'then' ? (done: (rows: unknown[]) => void) => done([]) : nothing),
  })
  const db = Object.assign(() => nothing, {
    ref: () => nothing,
    schema: { createTable: change, alterTable: change },
  })
  for (const { up } of migrations) await up(db as never)
  return tables
}

/** What `t.integer('x')`, `t.primary([...])` and their like write down. */
function columnOf(tables: Map<string, TableSchema>, table: TableSchema, word: string) {
  return (names: string | string[]) => {
    const columns = [names].flat()
    const column = columns[0] as string
    let parent = ['', '']
    const words = {
      defaultTo: (value: Value | boolean) => {
        table.defaults[column] = typeof value === 'boolean' ? Number(value) : value
      },
      primary: () => table.key.push(...columns),
      unique: () => table.unique.push(columns),
      references: (name: string) => {
        parent = name.split('.')
      },
      onDelete: (rule: 'CASCADE' | 'SET NULL') => {
        const [name = '', key = ''] = parent
        tables.get(name)?.dependents.push({ table: table.name, column, parent: key, rule })
      },
    }
    if (word === 'increments') words.primary()
    if (word in words) words[word as 'primary']()
    else if (word !== 'index') table.defaults[column] = null
    const more: unknown = new Proxy(words, {
      get: (_, next: keyof typeof words) => (value: never) => {
        words[next]?.(value)
        return more
      },
    })
    return more
  }
}
