/** What can stand where SQL wants a value: a column, SQL that is said raw, a query of one value. */
import { type Expression, expressionOf } from './expression.ts'
import type { TableSchema, Value } from './schema.ts'
import type { Row } from './tables.ts'

/** A table as a query names it. */
export interface Source {
  schema: TableSchema
  alias: string
}

/** One row of each table of a query; null where a left join found none. */
export interface Scope {
  sources: readonly Source[]
  rows: readonly (Row | null)[]
  /** Of the query around this one. */
  outer?: Scope | undefined
}

/** A query as a value. */
export interface Subquery {
  name: string
  valueIn(scope: Scope): Value
}

export type Term = string | Raw | Subquery

const aliased = new Map<string, [text: string, name: string]>()

/** `SQL as name`, taken apart once for each text. */
function splitRaw(sql: string): [text: string, name: string] {
  let known = aliased.get(sql)
  if (known === undefined) {
    const [, text = sql, name = sql] = /^(.*?)\s+as\s+(\w+)$/is.exec(sql) ?? []
    known = [text, name]
    aliased.set(sql, known)
  }
  return known
}

export class Raw {
  readonly #sql: string
  readonly #bindings: readonly unknown[]
  #expression: Expression | undefined
  readonly name: string

  constructor(sql: string, bindings: readonly unknown[] = []) {
    const [text, name] = splitRaw(sql)
    this.#sql = text
    this.#bindings = bindings
    this.name = name
  }

  valueIn(scope: Scope): Value {
    this.#expression ??= expressionOf(this.#sql)
    const bound = this.#bindings.map((one) => (one instanceof Raw ? one.valueIn(scope) : one))
    return this.#expression((name) => columnIn(scope, name), bound) ?? null
  }
}

export function valueIn(scope: Scope, term: Term): Value {
  return typeof term === 'string' ? columnIn(scope, term) : term.valueIn(scope)
}

/** `alias.column` or `column`, found in the query or in the one around it. @throws Error if in neither */
export function columnIn(scope: Scope, name: string): Value {
  const { alias, column } = splitName(name)
  const { sources, rows, outer } = scope
  for (let at = 0; at < sources.length; at += 1) {
    const source = sources[at] as Source
    if (alias !== undefined ? alias !== source.alias : !(column in source.schema.defaults)) continue
    return rows[at]?.[column] ?? null
  }
  if (outer !== undefined) return columnIn(outer, name)
  throw new Error(`no such column: ${name}`)
}

interface Name {
  alias: string | undefined
  column: string
}

const names = new Map<string, Name>()

export function splitName(name: string): Name {
  let known = names.get(name)
  if (known === undefined) {
    const dot = name.indexOf('.')
    known = { alias: dot < 0 ? undefined : name.slice(0, dot), column: name.slice(dot + 1) }
    names.set(name, known)
  }
  return known
}

/** `what as name` */
export function splitAs(text: string): [what: string, name: string] {
  const at = text.indexOf(' as ')
  return at < 0 ? [text, splitName(text).column] : [text.slice(0, at), text.slice(at + 4)]
}

/** SQLite has no booleans. */
export function stored(value: unknown): Value {
  if (typeof value === 'boolean') return Number(value)
  return (value ?? null) as Value
}
