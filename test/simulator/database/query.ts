/**
 * The words of knex that server/store speaks, answered from rows in memory, so that the simulator runs
 * the real queries. conformance.test.ts holds these answers against SQLite's own. A word that is missing
 * here is a TypeError that names it.
 */
import { Filter, type Values } from './filter.ts'
import type { Value } from './schema.ts'
import { type Aggregate, shape } from './shape.ts'
import type { Row } from './tables.ts'
import { type Scope, splitAs, type Term } from './terms.ts'
import { insert, type OnConflict, update } from './write.ts'

const noSteps = {}

export class Query extends Filter implements PromiseLike<unknown> {
  readonly #columns: Term[] = []
  readonly #aggregates: Aggregate[] = []
  #steps: Readonly<Record<string, number>> = noSteps
  #group: Term[] | undefined
  #distinct = false
  #answers: 'rows' | 'first' | 'pluck' = 'rows'
  #write: (() => unknown[]) | undefined
  #onConflict: OnConflict | undefined
  /** Columns; undefined: how many rows. */
  #returning: Term[] | undefined
  /** As a column of another query. */
  name = ''

  // biome-ignore lint/suspicious/noThenProperty: it is asked when it is awaited, as knex's builders are
  then<A, B>(
    resolve?: ((value: unknown) => A | PromiseLike<A>) | null,
    reject?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    if (!this.session.alive()) return new Promise(() => {})
    return new Promise((done) => done(this.#answer())).then(resolve, reject)
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
    const { tx } = this.session
    const each = (one: Values) => insert(tx, this.from.schema, one, this.#onConflict)
    return this.#writes(() => [values].flat().flatMap(each), returning)
  }

  update(...args: unknown[]): this {
    const pair = typeof args[0] === 'string'
    const values = (pair ? { [args[0] as string]: args[1] } : args[0]) as Values
    return this.#updates(values, args[pair ? 2 : 1])
  }

  increment(column: string, step = 1): this {
    this.#steps = { [column]: step }
    return this.#updates({})
  }

  delete(): this {
    const { tx } = this.session
    const remove = ({ rows: [row] }: Scope) => row && tx.remove(this.from.schema.name, row)
    return this.#writes(() => this.found().map(remove))
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
    const [row] = shape(this.found(scope), this.#shape)
    return Object.values(row ?? {})[0] ?? null
  }

  #answer(): unknown {
    if (this.#write !== undefined) {
      const rows = this.#write()
      return this.#returning ? this.#returned(rows as Row[], this.#returning) : rows.length
    }
    const summed = this.#aggregates.length > 0
    const found = this.found(undefined, summed ? Number.POSITIVE_INFINITY : undefined)
    const rows = shape(found, this.#shape)
    if (this.#answers === 'first') return rows[0]
    return this.#answers === 'pluck' ? rows.map((row) => Object.values(row)[0]) : rows
  }

  #returned(rows: readonly Row[], columns: Term[]): Row[] {
    const scopes = rows.map((row) => ({ sources: [this.from], rows: [row] }))
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

  #updates(values: Values, returning?: unknown): this {
    const { tx } = this.session
    const each = (scope: Scope) => update(tx, scope, values, this.#steps)
    return this.#writes(() => this.found().map(each), returning)
  }

  #writes(act: () => unknown[], returning?: unknown): this {
    if (returning !== undefined) this.returning(returning)
    this.#write = act
    return this
  }
}
