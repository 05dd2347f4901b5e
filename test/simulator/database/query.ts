/**
 * The words of knex that server/store speaks, answered from rows in memory, so that the simulator runs
 * the real queries. conformance.test.ts holds these answers against SQLite's own. A word that is missing
 * here is a TypeError that names it.
 */
import { type Condition, compareValues, find, type Join } from './find.ts'
import type { Value } from './schema.ts'
import { type Aggregate, shape } from './shape.ts'
import type { Row, Transaction } from './tables.ts'
import {
  columnIn,
  Raw,
  type Scope,
  type Source,
  splitAs,
  splitName,
  stored,
  type Term,
} from './terms.ts'
import { insert, type OnConflict, update } from './write.ts'

export interface Session {
  tx: Transaction
  /** False: whoever asks is dead, and is never answered. */
  alive(): boolean
  /** SQL with what depends on the connection written out. */
  said(sql: string): string
}

type Values = Record<string, unknown>

const operators: Record<string, (difference: number) => boolean> = {
  '=': (difference) => difference === 0,
  '<>': (difference) => difference !== 0,
  '<': (difference) => difference < 0,
  '<=': (difference) => difference <= 0,
  '>': (difference) => difference > 0,
  '>=': (difference) => difference >= 0,
}

export class Query implements PromiseLike<unknown> {
  readonly #session: Session
  readonly #from: Source
  readonly #joins: Join[] = []
  readonly #where: Condition[] = []
  readonly #order: { name: string; down: boolean }[] = []
  readonly #columns: Term[] = []
  readonly #aggregates: Aggregate[] = []
  readonly #steps = new Map<string, number>()
  #group: Term[] | undefined
  #distinct = false
  #limit = Number.POSITIVE_INFINITY
  #answers: 'rows' | 'first' | 'pluck' = 'rows'
  #write: (() => unknown[]) | undefined
  #onConflict: OnConflict | undefined
  /** Columns; undefined: how many rows. */
  #returning: Term[] | undefined
  /** As a column of another query. */
  name = ''

  constructor(session: Session, table: string) {
    this.#session = session
    this.#from = this.#source(table)
  }

  // biome-ignore lint/suspicious/noThenProperty: it is asked when it is awaited, as knex's builders are
  then<A, B>(
    resolve?: ((value: unknown) => A | PromiseLike<A>) | null,
    reject?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    if (!this.#session.alive()) return new Promise(() => {})
    return new Promise((done) => done(this.#answer())).then(resolve, reject)
  }

  // ---- which rows ----

  where(...args: unknown[]): this {
    const [first, second, third] = args
    if (typeof first === 'object') {
      for (const [name, value] of Object.entries(first as Values)) this.#equals(name, value)
      return this
    }
    if (args.length === 2) return this.#equals(String(first), second)
    return this.#compares(String(first), String(second), third)
  }

  andWhere(...args: unknown[]): this {
    return this.where(...args)
  }

  whereNot(name: string, value: unknown): this {
    return this.#compares(name, '<>', value)
  }

  whereIn(name: string, values: readonly unknown[]): this {
    const wanted = new Set(values.map(stored))
    return this.#test(name, (value) => value !== null && wanted.has(value))
  }

  whereNotIn(name: string, values: readonly unknown[]): this {
    const unwanted = new Set(values.map(stored))
    return this.#test(name, (value) => value !== null && !unwanted.has(value))
  }

  whereNull(name: string): this {
    return this.#test(name, (value) => value === null)
  }

  whereNotNull(name: string): this {
    return this.#test(name, (value) => value !== null)
  }

  whereRaw(sql: string, bindings: readonly unknown[] = []): this {
    const raw = new Raw(this.#session.said(sql), bindings)
    this.#where.push({ holds: (scope) => raw.valueIn(scope) === 1 })
    return this
  }

  join(table: string, ...on: unknown[]): this {
    return this.#join(table, on, false)
  }

  leftJoin(table: string, ...on: unknown[]): this {
    return this.#join(table, on, true)
  }

  orderBy(names: string | string[], direction = 'asc'): this {
    for (const name of [names].flat()) this.#order.push({ name, down: direction === 'desc' })
    return this
  }

  limit(count: number): this {
    this.#limit = count
    return this
  }

  // ---- what of them ----

  select(...columns: Term[]): this {
    this.#columns.push(...columns.flat())
    return this
  }

  distinct(...columns: Term[]): this {
    this.#distinct = true
    return this.select(...columns)
  }

  first(...columns: Term[]): this {
    this.#answers = 'first'
    return this.limit(1).select(...columns)
  }

  pluck(column: string): this {
    this.#answers = 'pluck'
    return this.select(column)
  }

  groupBy(...terms: Term[]): this {
    this.#group = terms
    return this
  }

  count(what: string | Record<string, string> = '*'): this {
    const pairs = typeof what === 'string' ? [['count', what] as const] : Object.entries(what)
    for (const [name, of] of pairs) this.#aggregates.push({ kind: 'count', of, name })
    return this
  }

  min(what: string): this {
    const [of, name] = splitAs(what)
    this.#aggregates.push({ kind: 'min', of, name })
    return this
  }

  max(what: string): this {
    const [of, name] = splitAs(what)
    this.#aggregates.push({ kind: 'max', of, name })
    return this
  }

  as(name: string): this {
    this.name = name
    return this
  }

  // ---- changes ----

  insert(values: Values | Values[], returning?: unknown): this {
    const { tx } = this.#session
    const each = (one: Values) => insert(tx, this.#from.schema, one, this.#onConflict)
    return this.#writes(() => [values].flat().flatMap(each), returning)
  }

  update(...args: unknown[]): this {
    const pair = typeof args[0] === 'string'
    const values = (pair ? { [args[0] as string]: args[1] } : args[0]) as Values
    return this.#updates(values, args[pair ? 2 : 1])
  }

  increment(column: string, step = 1): this {
    this.#steps.set(column, step)
    return this.#updates({})
  }

  delete(): this {
    const { tx } = this.#session
    const remove = ({ rows: [row] }: Scope) => row && tx.remove(this.#from.schema.name, row)
    return this.#writes(() => this.#found().map(remove))
  }

  onConflict(columns: string | string[]): this {
    this.#onConflict = { columns: [columns].flat(), act: 'ignore' }
    return this
  }

  ignore(): this {
    return this
  }

  merge(): this {
    if (this.#onConflict) this.#onConflict.act = 'merge'
    return this
  }

  returning(columns: unknown): this {
    this.#returning = [columns as Term | Term[]].flat()
    return this
  }

  // ---- the answer ----

  /** As a value in another query. */
  valueIn(scope: Scope): Value {
    const [row] = shape(this.#found(scope), this.#shape)
    return Object.values(row ?? {})[0] ?? null
  }

  #answer(): unknown {
    if (this.#write !== undefined) {
      const rows = this.#write()
      return this.#returning ? this.#returned(rows as Row[], this.#returning) : rows.length
    }
    const rows = shape(this.#found(), this.#shape)
    if (this.#answers === 'first') return rows[0]
    return this.#answers === 'pluck' ? rows.map((row) => Object.values(row)[0]) : rows
  }

  #returned(rows: readonly Row[], columns: Term[]): Row[] {
    const scopes = rows.map((row) => ({ sources: [this.#from], rows: [row] }))
    const wanted = columns.includes('*') && columns.length === 1 ? [] : columns
    return shape(scopes, { columns: wanted, group: undefined, aggregates: [], distinct: false })
  }

  get #shape() {
    const { length } = this.#aggregates
    const group = this.#group
    return {
      columns: this.#columns,
      group: group === undefined && length > 0 && this.#columns.length > 0 ? [] : group,
      aggregates: this.#aggregates,
      distinct: this.#distinct,
    }
  }

  #found(outer?: Scope): Scope[] {
    return find(this.#session.tx, {
      from: this.#from,
      joins: this.#joins,
      where: this.#where,
      order: this.#order,
      limit: this.#limit,
      outer,
    })
  }

  #updates(values: Values, returning?: unknown): this {
    const { tx } = this.#session
    const each = (scope: Scope) => update(tx, scope, values, this.#steps)
    return this.#writes(() => this.#found().map(each), returning)
  }

  #writes(act: () => unknown[], returning?: unknown): this {
    if (returning !== undefined) this.returning(returning)
    this.#write = act
    return this
  }

  #equals(name: string, wanted: unknown): this {
    const value = stored(wanted)
    const holds = (scope: Scope) => value !== null && columnIn(scope, name) === value
    this.#where.push({ holds, equal: { name, value } })
    return this
  }

  #compares(name: string, operator: string, wanted: unknown): this {
    const fits = operators[operator]
    if (fits === undefined) throw new TypeError(`the simulated database knows no ${operator}`)
    const holds = (scope: Scope) => {
      const found = columnIn(scope, name)
      const value = wanted instanceof Query ? wanted.valueIn(scope) : stored(wanted)
      return found !== null && value !== null && fits(compareValues(found, value))
    }
    this.#where.push({ holds })
    return this
  }

  #test(name: string, test: (value: Value) => boolean): this {
    this.#where.push({ holds: (scope) => test(columnIn(scope, name)) })
    return this
  }

  #join(table: string, on: unknown[], left: boolean): this {
    const join: Join = { ...this.#source(table), left, on: [] }
    this.#joins.push(join)
    const add = (...args: unknown[]) => {
      const [one, other] = [String(args[0]), args.at(-1) as Term]
      const ours = splitName(one).alias === join.alias
      // `a.attempt = a.attempt` asks nothing.
      if (one !== other) {
        const column = splitName(ours ? one : String(other)).column
        join.on.push({ column, other: ours ? other : one })
      }
      return clause
    }
    const clause = { on: add, andOn: add }
    if (typeof on[0] === 'function') on[0](clause)
    else add(...on)
    return this
  }

  #source(table: string): Source {
    const [name, alias] = splitAs(table)
    return { schema: this.#session.tx.schema(name), alias }
  }
}
